import { readFileSync } from 'node:fs';
import { CsvError, parse } from 'csv-parse/sync';
import { BootstormError } from '../errors.ts';
import { SECURITY_LEVELS, type SecurityLevel } from '../phone/boot-event.ts';
import { parseMac } from '../phone/identity.ts';
import { PHONE_MODEL_NAMES, type PhoneModelName } from '../phone/models.ts';
import { type Problem, refuse } from './problems.ts';
import { suggest } from './suggest.ts';

/** The phones of an inventory file, in its order. */
export interface Inventory {
  readonly file: string;
  readonly phones: readonly InventoryPhone[];
}

export interface InventoryPhone {
  /** Twelve upper-case hex digits. */
  readonly mac: string;
  /** Null: the scenario's model. */
  readonly model: PhoneModelName | null;
  /** Its device security mode; null: not said. */
  readonly security: SecurityLevel | null;
  readonly site: string;
  readonly floor: string;
  readonly switch: string;
}

const COLUMNS = ['mac', 'model', 'protocol', 'security', 'site', 'floor', 'switch'] as const;
type Column = (typeof COLUMNS)[number];

/** Headings that other tools write for our columns. */
const COLUMN_ALIASES: Readonly<Record<string, Column>> = {
  'mac address': 'mac',
  macaddress: 'mac',
  device: 'mac',
  'device name': 'mac',
  'device type': 'model',
};

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Throws `file-unreadable` or `invalid-inventory`. */
export function loadInventory(file: string): Inventory {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new BootstormError('file-unreadable', `cannot read the inventory: ${(error as Error).message}`, {
      hint: '`phones.inventory` is relative to the scenario file',
      cause: error,
    });
  }
  return readInventory(text, file);
}

/**
 * Read an inventory: one phone a line, as a bare MAC in any of its forms or as CSV (separated by comma, semicolon or
 * tab) with or without a header; `#` begins a comment line. Throws `invalid-inventory` with all problems at once.
 */
export function readInventory(text: string, file: string): Inventory {
  const problems: Problem[] = [];
  const complain = (line: number, message: string): void => {
    problems.push({ path: [], origin: `${file}:${line}`, message });
  };
  const rows = readRows(text, complain);
  const header = readHeader(rows[0], complain);
  const lineOfMac = new Map<string, number>();
  const phones: InventoryPhone[] = [];
  for (const row of header === null ? rows : rows.slice(1)) {
    const phone = readPhone(row, header ?? COLUMNS, complain);
    if (phone === null) continue;
    const earlier = lineOfMac.get(phone.mac);
    if (earlier !== undefined) complain(row.line, `MAC ${phone.mac} is already on line ${earlier}`);
    lineOfMac.set(phone.mac, earlier ?? row.line);
    phones.push(phone);
  }
  if (phones.length === 0 && problems.length === 0) complain(1, 'no phones');
  const hint = 'one phone a line: a MAC address, or mac,model,protocol,security,site,floor,switch';
  refuse('invalid-inventory', `inventory ${file}`, problems, () => null, hint);
  return { file, phones };
}

type Complain = (line: number, message: string) => void;

function readRows(text: string, complain: Complain): readonly Row[] {
  const rows: Row[] = [];
  try {
    parse(text, {
      bom: true,
      comment: '#',
      comment_no_infix: true,
      delimiter: [',', ';', '\t'],
      on_record: (cells: string[], { lines }) => {
        rows.push({ line: lines, cells });
        return null;
      },
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? error['lines'] : 1;
    complain(line, `not CSV: ${error.message}`);
  }
  return rows;
}

/** The columns that the first row names; null where that row is already a phone. */
function readHeader(row: Row | undefined, complain: Complain): readonly (Column | null)[] | null {
  if (row === undefined) return null;
  const names = row.cells.map((cell) => cell.toLowerCase());
  const columns = names.map(
    (name) => COLUMN_ALIASES[name] ?? COLUMNS.find((column) => column === name) ?? null,
  );
  if (!columns.includes('mac')) return null;
  for (const [i, column] of columns.entries()) {
    if (column === null) {
      const name = row.cells[i] ?? '';
      complain(
        row.line,
        `unknown column "${name}"${suggest(name, COLUMNS) || `; expected ${COLUMNS.join(', ')}`}`,
      );
    } else if (columns.indexOf(column) !== i) {
      complain(row.line, `column "${column}" is there twice`);
    }
  }
  return columns;
}

function readPhone(row: Row, columns: readonly (Column | null)[], complain: Complain): InventoryPhone | null {
  const cells: Record<Column, string> = {
    mac: '',
    model: '',
    protocol: '',
    security: '',
    site: '',
    floor: '',
    switch: '',
  };
  for (const [i, cell] of row.cells.entries()) {
    const column = columns[i];
    if (column === undefined) complain(row.line, `more than ${columns.length} columns: "${cell}"`);
    else if (column !== null) cells[column] = cell;
  }
  const mac = parseMac(cells.mac);
  if (mac === null) {
    complain(
      row.line,
      `"${cells.mac}" is no MAC address: expected twelve hex digits, as 00:11:22:33:44:55 or SEP001122334455`,
    );
  } else if ((Number.parseInt(mac.slice(0, 2), 16) & 1) === 1) {
    complain(row.line, `MAC ${mac} is a multicast address: no phone has one`);
  }
  const model = parseModel(cells.model);
  if (model === undefined) {
    complain(
      row.line,
      `unknown model "${cells.model}"${suggest(cells.model, PHONE_MODEL_NAMES) || `; expected one of ${PHONE_MODEL_NAMES.join(', ')}`}`,
    );
  }
  if (!['', 'sccp'].includes(cells.protocol.toLowerCase())) {
    complain(row.line, `protocol ${cells.protocol} is not there yet: only SCCP phones boot for now`);
  }
  const security = parseSecurity(cells.security);
  if (security === undefined) {
    complain(
      row.line,
      `unknown security "${cells.security}"${suggest(cells.security, SECURITY_LEVELS) || `; expected one of ${SECURITY_LEVELS.join(', ')}`}`,
    );
  }
  if (mac === null || model === undefined || security === undefined) return null;
  return { mac, model, security, site: cells.site, floor: cells.floor, switch: cells.switch };
}

/** "7961G", "CP-7961G", "Cisco 7961"; null for an empty cell, undefined for what is unknown. */
function parseModel(text: string): PhoneModelName | null | undefined {
  if (text === '') return null;
  const bare = text.toUpperCase().replace(/^(?:CISCO\s+)?(?:CP-)?/, '');
  return PHONE_MODEL_NAMES.find((name) => name === bare || name === `${bare}G`);
}

/** "Encrypted", "Non Secure" as CUCM writes it; null for an empty cell, undefined for what is unknown. */
function parseSecurity(text: string): SecurityLevel | null | undefined {
  if (text === '') return null;
  const word = text.toLowerCase().replaceAll(/[ -]/g, '');
  return word === 'nonsecure' ? 'none' : SECURITY_LEVELS.find((level) => level === word);
}
