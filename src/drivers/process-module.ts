/**
 * Modules that are started as processes or threads of their own. They run as compiled (`dist/*.js`), or from the
 * TypeScript sources when this very file does (tests): the one place that chooses the extension.
 */
import { fileURLToPath } from 'node:url';

const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const ROOT = new URL('../../', import.meta.url);

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
