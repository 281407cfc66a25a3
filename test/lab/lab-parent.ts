/** A parent for the lab that a test can kill: says which processes it has, and waits. */
import { startLab } from '../../src/lab/lab-cluster.ts';
import { labSettings, madeUpPhones } from './lab-parts.ts';

const lab = await startLab(labSettings(), madeUpPhones(10));
process.stdout.write(`${JSON.stringify(lab.pids)}\n`);
