import type { ShardPart } from './shard-part.ts';
import type { SiteRow } from './site-tally.ts';

/**
 * The groups of all shards, by site and model. Phones that are lost are not in service any more; those of an epoch that
 * began anew count with the newer one.
 */
export function mergeSites(parts: readonly ShardPart[]): SiteRow[] {
  const groups = new Map<string, SiteRow>();
  for (const { shard, snapshot, lostAtSecond } of parts) {
    for (const row of snapshot?.sites ?? []) {
      const key = `${row.site}\n${row.model}`;
      const sum = groups.get(key);
      groups.set(key, {
        site: row.site,
        model: row.model,
        phones: (sum?.phones ?? 0) + (shard.phones === 0 ? 0 : row.phones),
        inService: (sum?.inService ?? 0) + (lostAtSecond === null ? row.inService : 0),
        registrations: (sum?.registrations ?? 0) + row.registrations,
        failures: (sum?.failures ?? 0) + row.failures,
      });
    }
  }
  return [...groups.values()].sort(bySiteAndModel);
}

function bySiteAndModel(a: SiteRow, b: SiteRow): number {
  const site = a.site.localeCompare(b.site, 'en', { numeric: true });
  return site === 0 ? a.model.localeCompare(b.model, 'en') : site;
}
