/** `npm run lint:config`: writes `.oxlintrc.json` from the layer table and the rules beside it. */
import { writeFileSync } from 'node:fs';
import { renderConfig } from './oxlint-config.ts';

writeFileSync(new URL('../../.oxlintrc.json', import.meta.url), renderConfig());
