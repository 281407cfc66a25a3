/** Run before every test file: the hooks of the modules that the files of one process share. */
import { afterEach, beforeEach } from 'vitest';
import { cleanUp } from '../support/clean-up.ts';

// Of tests that run side by side, none may take away what another one still uses.
let running = 0;

beforeEach(() => {
  running++;
});

afterEach(() => {
  if (--running === 0) cleanUp();
});
