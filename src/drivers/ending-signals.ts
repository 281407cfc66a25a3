/** What asks a process to end: Ctrl-C, `kill` and the like, a terminal that was closed. */
export const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Whoever listens decides whether the process ends. Returns what ends listening. */
export function onEndingSignal(listener: () => void): () => void {
  for (const signal of ENDING_SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of ENDING_SIGNALS) process.off(signal, listener);
  };
}
