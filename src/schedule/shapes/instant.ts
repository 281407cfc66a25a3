/** Everybody has power at one instant: the worst case for the servers. */
export interface InstantShape {
  readonly type: 'instant';
}

export function instantSeconds(): number {
  return 0;
}
