/** What the files of shipped scenarios say of themselves: the comment that they begin with. */

/** Names the schema for editors by its place in the package, which is not where a copy of the file lies. */
const SCHEMA_LINE = /^# yaml-language-server: \$schema=.*\n/;
/** Where README has the schema written to. */
const COPIED_SCHEMA_LINE = '# yaml-language-server: $schema=scenario.schema.json\n';

/** The first sentence of the comment. */
export function purposeOf(yaml: string): string {
  const comment = /^(?:#.*\n)+/.exec(yaml.replace(SCHEMA_LINE, ''))?.[0] ?? '';
  const text = comment.replaceAll(/^# ?/gm, '').trim().replaceAll('\n', ' ');
  return /^.*?[.?](?= |$)/.exec(text)?.[0] ?? text;
}

/** The file as somebody keeps it who starts his own scenario from it. */
export function forCopying(yaml: string): string {
  return yaml.replace(SCHEMA_LINE, COPIED_SCHEMA_LINE);
}
