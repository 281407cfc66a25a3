import { createServer, type Server, type Socket } from 'node:net';
import type { LabSettings } from '../scenario/lab-settings.ts';
import { listenTcp } from './bind.ts';
import type { HostPort } from './lab-contract.ts';

/** A TCP port that comes and goes, as that of a node whose CallManager service has not yet initialised. */
export class GatedListener {
  endpoint: HostPort = { host: '', port: 0 };
  readonly #what: string;
  readonly #settings: LabSettings;
  readonly #server: Server;
  /** `opening` from the call of `listen` to its result. */
  #listening: 'yes' | 'no' | 'opening' = 'no';

  constructor(what: string, settings: LabSettings, accept: (socket: Socket) => void) {
    this.#what = what;
    this.#settings = settings;
    this.#server = createServer({ noDelay: true }, accept);
    // Out of descriptors: the connection waits in the backlog, or is lost with it.
    this.#server.on('error', () => {});
  }

  /** Rejects with `address-in-use` or `address-not-local`. */
  async open(port: number): Promise<void> {
    const { address, limits } = this.#settings;
    this.#listening = 'opening';
    try {
      this.endpoint = await listenTcp(this.#server, address, port, limits.backlog, this.#what);
      this.#listening = 'yes';
    } catch (error) {
      this.#listening = 'no';
      throw error;
    }
  }

  /** Connections that are open stay open: a listening socket is all that comes and goes. */
  keep(isOpen: boolean): void {
    if (!isOpen && this.#listening === 'yes') {
      this.#listening = 'no';
      this.#server.close();
    } else if (isOpen && this.#listening === 'no') {
      // Somebody else may have taken the port: the next call tries again.
      this.open(this.endpoint.port).catch(() => {});
    }
  }

  close(): void {
    this.#server.close();
  }
}
