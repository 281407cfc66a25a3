/** `/metrics` as Prometheus sees it, as far as a test needs it. */

/** Values by series without the label of the run, as in `bootstorm_phones{state="ready"}`. */
export type Scrape = ReadonlyMap<string, number>;

/** One scrape; null when nobody listens (any more). */
export async function scrape(url: string): Promise<Scrape | null> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    return parseScrape(await response.text());
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function parseScrape(text: string): Scrape {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      const series = line
        .slice(0, space)
        .replace(/,?run="[^"]*"\}$/, '}')
        .replace('{}', '');
      return [series, Number(line.slice(space + 1))] as const;
    }),
  );
}
