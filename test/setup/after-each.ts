/** Run before every test file: the hooks of the modules that the files of one process share. */
import { afterEach } from 'vitest';
import { cleanUp } from '../support/clean-up.ts';

afterEach(cleanUp);
