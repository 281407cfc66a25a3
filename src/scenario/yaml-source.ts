import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { KeyPath, Locate, Problem } from './problems.ts';

/** What a YAML file says, and where it says it. */
export interface YamlSource {
  readonly value: unknown;
  /** Of the YAML itself. */
  readonly problems: readonly Problem[];
  readonly locate: Locate;
}

/** Aliases that a file may expand to: enough for people, too few for a bomb. */
const MAX_ALIASES = 1000;

/** Read YAML 1.2. Never throws: what cannot be read is a problem. */
export function parseYaml(text: string, fileName: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${fileName}:${line}:${col}`;
  };
  const locate: Locate = (path, isKey = false) => {
    const offset = offsetOf(document.contents, path, isKey);
    return offset === null ? null : place(offset);
  };
  const problems: Problem[] = document.errors.map((error) => ({
    path: [],
    origin: place(error.pos[0]),
    message: `not YAML: ${error.message}`,
  }));
  if (problems.length > 0) return { value: {}, problems, locate: () => fileName };
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return { value: value ?? {}, problems, locate };
  } catch (error) {
    const message = `not YAML: ${error instanceof Error ? error.message : String(error)}`;
    return { value: {}, problems: [{ path: [], message }], locate: () => fileName };
  }
}

/** Where the node at a path begins, or the nearest one above that the file has; null where that is the top. */
function offsetOf(root: unknown, path: KeyPath, isKey: boolean): number | null {
  let node: unknown = root;
  let offset: number | null = null;
  for (const [depth, step] of path.entries()) {
    const child = childOf(node, step);
    if (child === null) return offset;
    const start = isKey && depth === path.length - 1 ? child.key : (startOf(child.value) ?? child.key);
    offset = start ?? offset;
    node = child.value;
  }
  return offset;
}

interface Child {
  readonly key: number | null;
  readonly value: unknown;
}

function childOf(node: unknown, step: string | number): Child | null {
  if (isSeq(node) && typeof step === 'number') {
    const value = node.items[step];
    return value === undefined ? null : { key: startOf(value), value };
  }
  if (!isMap(node)) return null;
  for (const pair of node.items) {
    if (isPair(pair) && isScalar(pair.key) && String(pair.key.value) === String(step)) {
      return { key: startOf(pair.key), value: pair.value };
    }
  }
  return null;
}

function startOf(node: unknown): number | null {
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}
