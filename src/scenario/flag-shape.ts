/** A flag as a user writes it. */
export interface FlagShape {
  /** `max-duration`: the flag is `--max-duration`, the variable BOOTSTORM_MAX_DURATION. */
  readonly name: string;
  /** What stands for the value in help; null: a switch. */
  readonly value: string | null;
}

/** `--max-duration <duration>`, as commander wants it. */
export function optionFlags({ name, value }: FlagShape): string {
  return value === null ? `--${name}` : `--${name} ${value}`;
}

/** `maxDuration`: the key under which commander hands the value over. */
export function optionAttribute({ name }: Pick<FlagShape, 'name'>): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `BOOTSTORM_MAX_DURATION` */
export function optionVariable({ name }: Pick<FlagShape, 'name'>): string {
  return `BOOTSTORM_${name.toUpperCase().replaceAll('-', '_')}`;
}
