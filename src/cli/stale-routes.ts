import { blackholeObstacle, removeStaleBlackholes, staleBlackholes } from '../drivers/source-blackhole.ts';

/**
 * Addresses that a run which crashed has left unreachable: phones that use them would reach nobody. Removes the routes
 * where it may, and says either way what it found.
 */
export async function clearStaleRoutes(): Promise<readonly string[]> {
  const stale = await staleBlackholes();
  const [first] = stale;
  if (first === undefined) return [];
  const what = `a run that crashed has left ${stale.length} blackhole routes (the first is ${first.address})`;
  const obstacle = blackholeObstacle();
  if (obstacle !== null) {
    return [`${what}: phones with these addresses reach nobody; removing them failed: ${obstacle}`];
  }
  await removeStaleBlackholes(stale);
  return [`${what}: removed`];
}
