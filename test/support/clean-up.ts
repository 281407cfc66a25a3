const duties: (() => void)[] = [];

/**
 * For modules that tests share: has something done after each test. An `afterEach` of such a module would be one of
 * the first file only, where several files share a process and its modules.
 */
export function afterEachTest(duty: () => void): void {
  duties.push(duty);
}

/** What `afterEachTest` was told. */
export function cleanUp(): void {
  for (const duty of duties) duty();
}
