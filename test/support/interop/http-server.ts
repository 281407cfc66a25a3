import { type ProgramOptions, startProcess } from './foreground-process.ts';
import { asServer, type InteropServer } from './server.ts';

export interface HttpServerOptions extends ProgramOptions {
  /** Folder with the files. */
  readonly folder: string;
  /** Version that it speaks: 1.0 closes after each answer, 1.1 leaves that to the client. */
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1';
}

const READY = /^Serving HTTP on 127\.0\.0\.1 port (\d+)/m;

/** Python's own file server, on a free TCP port of 127.0.0.1. It logs each request line with the status. */
export async function startPythonHttp({
  folder,
  protocol,
  ...options
}: HttpServerOptions): Promise<InteropServer> {
  const args = ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1', '--directory', folder];
  const started = await startProcess('python3', [...args, '--protocol', protocol], {
    ...options,
    readyWhen: { line: READY },
  });
  return asServer('127.0.0.1', Number(READY.exec(started.log())?.[1]), started);
}
