/** What a command says: words for people, or one JSON object a line for programs. */
import { BootstormError } from '../errors.ts';
import type { LogFormat } from '../scenario/schema.ts';
import { asAscii, showsUnicode, wantsColor, withoutControls } from './terminal.ts';

export const LOG_LEVELS = ['info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface OutputStyle {
  readonly logFormat: LogFormat;
  /** Standard output has nothing but the result. */
  readonly quiet: boolean;
}

/** A picture on the terminal that has to make room for words. */
export interface Picture {
  hide(): void;
  show(): void;
}

export class CommandOutput {
  readonly stdout: NodeJS.WriteStream;
  readonly #stderr: NodeJS.WriteStream;
  readonly #lost = new Set<NodeJS.WriteStream>();
  #style: OutputStyle = { logFormat: 'text', quiet: false };
  #picture: Picture | null = null;
  #outlivesReader = false;

  constructor(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream) {
    this.stdout = stdout;
    this.#stderr = stderr;
    for (const stream of [stdout, stderr]) {
      stream.on('error', (error: NodeJS.ErrnoException) => this.#lose(stream, error));
    }
  }

  speak(style: OutputStyle): void {
    this.#style = style;
  }

  /**
   * Whoever reads the output may stop doing so (`| head`), and a disk that it goes to may be full: what the command
   * does is to go on, and what comes of it is in its files. Other commands have nothing to do then, and end.
   */
  outliveReader(): void {
    this.#outlivesReader = true;
  }

  get isJson(): boolean {
    return this.#style.logFormat === 'json';
  }

  get isQuiet(): boolean {
    return this.#style.quiet;
  }

  get color(): boolean {
    return wantsColor(this.stdout, process.env);
  }

  /** Whether somebody may be there who reads standard output. */
  get isHeard(): boolean {
    return !this.#lost.has(this.stdout);
  }

  /** The picture that makes room for every word from now on; null: there is none any more. */
  frame(picture: Picture | null): void {
    this.#picture = picture;
  }

  /** Something that a user wants to know while the command works. */
  say(message: string): void {
    if (this.isQuiet) return;
    if (this.isJson) this.line('info', 'message', { message });
    else this.#write(this.stdout, `${message}\n`);
  }

  /** Something that must not be missed, whatever standard output is used for. */
  warn(message: string): void {
    if (this.isJson) this.#writeJson(this.#stderr, 'warn', 'message', { message });
    else this.#write(this.#stderr, `${message}\n`);
  }

  /** What is wrong with the command line, as it is said to people. */
  refuse(text: string): void {
    const message = text.trim().replace(/^error: /, '');
    if (this.isJson) this.#writeJson(this.#stderr, 'error', 'error', { code: 'invalid-scenario', message });
    else this.#write(this.#stderr, text);
  }

  /** What has ended the command. */
  fail(error: unknown): void {
    const isBug = !(error instanceof BootstormError);
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const message = isBug ? `a bug: ${stack}` : error.message;
    const hint = isBug ? undefined : error.hint;
    if (this.isJson) {
      const code = isBug ? 'bug' : error.code;
      this.#writeJson(this.#stderr, 'error', 'error', { code, message, ...(hint ? { hint } : {}) });
      return;
    }
    this.#write(this.#stderr, `bootstorm: ${message}\n${hint ? `hint: ${hint}\n` : ''}`);
  }

  /** The result, in words. */
  print(text: string): void {
    this.#write(this.stdout, text);
  }

  /** A line of JSON on standard output. */
  line(level: LogLevel, event: string, fields: Readonly<Record<string, unknown>>): void {
    this.#writeJson(this.stdout, level, event, fields);
  }

  /** The text as standard output can show it. */
  shown(text: string): string {
    return shownOn(this.stdout, text);
  }

  #write(stream: NodeJS.WriteStream, text: string): void {
    if (this.#lost.has(stream)) return;
    this.#picture?.hide();
    stream.write(shownOn(stream, text));
    this.#picture?.show();
  }

  #writeJson(
    stream: NodeJS.WriteStream,
    level: LogLevel,
    event: string,
    fields: Readonly<Record<string, unknown>>,
  ): void {
    if (this.#lost.has(stream)) return;
    stream.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
  }

  #lose(stream: NodeJS.WriteStream, error: NodeJS.ErrnoException): void {
    if (!this.#outlivesReader) {
      if (error.code === 'EPIPE') process.exit();
      throw error;
    }
    if (this.#lost.has(stream)) return;
    this.#lost.add(stream);
    this.#picture = null;
    if (stream === this.stdout) {
      this.warn(
        `nobody reads standard output any more (${error.code}): the run goes on, its results go to files`,
      );
    }
  }
}

function shownOn(stream: NodeJS.WriteStream, text: string): string {
  if (!stream.isTTY) return text;
  const plain = withoutControls(text);
  return showsUnicode(process.env, process.platform) ? plain : asAscii(plain);
}
