/** The live page of a run, for a browser. */
import { networkInterfaces } from 'node:os';
import type { SteerOrder, Steered } from '../coordinator/steer-order.ts';
import { BootstormError } from '../errors.ts';
import { type PageServer, startPageServer } from '../page/page-server.ts';
import { pageStateOf } from '../page/page-state.ts';
import type { HostPort } from '../phone/boot-settings.ts';
import type { PagePlace } from '../scenario/page-place.ts';
import type { CommandOutput } from './command-output.ts';
import type { LiveRun } from './live-run.ts';
import { orderOf, steeredText } from './order-words.ts';

/** What nobody chose: the neighbour of the port that Prometheus asks for. */
const USUAL: HostPort = { host: '127.0.0.1', port: 9463 };

/** Gives an order to the run. */
export type GiveOrder = (order: SteerOrder) => Promise<Steered>;

/**
 * Serves the page and prints its address; null: nobody wants one.
 * @throws BootstormError `address-in-use` or `address-not-local` for a place that the user named
 */
export async function openPage(
  live: LiveRun,
  place: PagePlace,
  give: GiveOrder,
  output: CommandOutput,
): Promise<PageServer | null> {
  const isWanted = place !== 'off' && (place !== 'auto' || output.stdout.isTTY);
  if (!isWanted) return null;
  const page = await startAt(place, {
    state: () => pageStateOf(live.moment),
    order: async (word, factor) => {
      const order = orderOf(word, factor);
      return steeredText(order, await give(order));
    },
  });
  const host = place === 'auto' ? USUAL.host : place.host;
  // Lines of JSON are for a collector of logs, which is no place for a secret: the page then shows, and takes no orders.
  const address = `page: ${shownUrl(page.url, host)}${output.isJson ? '' : `#token=${page.token}`}`;
  // Who wants nothing on standard output still wants the page that he named, and nobody else knows its token.
  if (output.isQuiet) output.warn(address);
  else output.say(address);
  if (!isLoopback(host)) {
    output.warn(
      `warning: others can open the page at ${host}, and all of it travels in clear: whoever learns the address with its token can steer the run`,
    );
  }
  return page;
}

async function startAt(
  place: 'auto' | HostPort,
  source: Pick<Parameters<typeof startPageServer>[0], 'state' | 'order'>,
): Promise<PageServer> {
  if (place !== 'auto') return startPageServer({ ...place, ...source });
  try {
    return await startPageServer({ ...USUAL, ...source });
  } catch (error) {
    if (!(error instanceof BootstormError) || error.code !== 'address-in-use') throw error;
    return startPageServer({ ...USUAL, port: 0, ...source });
  }
}

/** Instead of "any address" one at which others find this machine. */
function shownUrl(url: string, host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return url;
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const own = addresses.find(({ internal, family }) => !internal && family === 'IPv4');
  const { port } = new URL(url);
  return `http://${own?.address ?? USUAL.host}:${port}/`;
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}
