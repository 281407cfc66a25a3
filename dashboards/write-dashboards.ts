/** `npm run dashboards`: writes the dashboards and the alert rules that the code makes. */
import { writeFileSync } from 'node:fs';
import { generatedFiles } from './generated-files.ts';

for (const { url, text } of generatedFiles()) writeFileSync(url, text);
