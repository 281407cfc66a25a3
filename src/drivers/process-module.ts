/**
 * Modules that are started as processes or threads of their own. They run as compiled (`dist/*.js`), or from the
 * TypeScript sources when this very file does (tests): the one place that chooses the extension.
 */
import { fileURLToPath } from 'node:url';

const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
/** The folder with `src`, whether this is a module of it, or part of a program that was bundled into one file anywhere in it. */
const ROOT = import.meta.url.replace(/(.*\/)(?:src|workers|bench)\/.*/, '$1');

/** @param module path from the project's root without extension, e.g. `src/engine/agent-process` */
export function moduleUrl(module: string): string {
  return new URL(`${module}${EXTENSION}`, ROOT).href;
}

export function modulePath(module: string): string {
  return fileURLToPath(moduleUrl(module));
}

/** Node's flags for such a module: a TypeScript one needs a loader. */
export function typescriptExecArgv(): string[] {
  return EXTENSION === '.ts' ? ['--import', 'tsx'] : [];
}
