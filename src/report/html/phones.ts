/** Phones at the end: the ledger, where the unfinished stand, and the last by name. */
import { formatCount, formatSeconds, formatShare } from '../figures.ts';
import { longestStage } from '../sections/stragglers.ts';
import type { RunSummary } from '../summary-schema.ts';
import { left, right } from '../table.ts';
import { barMarkup, type BarKind } from './bars.ts';
import { dataTable, folded, paragraph, restNote } from './elements.ts';
import { html, type Markup, NOTHING } from './markup.ts';

/** Stragglers shown at once; the others are folded away. */
const SHOWN = 15;

export function phonesBody({ phones, unfinished, power }: RunSummary): Markup {
  const states: readonly (readonly [string, number, BarKind])[] = [
    ['in service', phones.ready, 'good'],
    ['registered, not in service', phones.registered - phones.ready, 'tail'],
    ['trying', phones.trying, 'bad'],
    ['dropped', phones.dropped, 'bad'],
    ['failed', phones.failed, 'bad'],
    ['not started', phones.notStarted, 'modelled'],
    ['lost with their agent', phones.lostWithAgent, 'bad'],
  ];
  const rows = states.map(([name, count, kind]) => [
    name,
    barMarkup([{ kind, from: 0, to: count / phones.asked }]),
    formatCount(count),
    formatShare(count, phones.asked),
  ]);
  const lostPower = power.vanished + power.closedInOrder;
  return html`${dataTable(
    `Each of the ${formatCount(phones.asked)} phones asked is in exactly one state`,
    [left('state'), left('share'), right('phones'), right('of asked')],
    rows,
  )}${
    unfinished.length === 0
      ? NOTHING
      : dataTable(
          'Phones that began to boot and are not registered, where they stand, and their last failure',
          [left('stage'), left('state'), left('last failure'), left('server'), right('phones')],
          unfinished.map((row) => [
            row.stage,
            row.state,
            row.cause,
            row.server ?? '-',
            formatCount(row.count),
          ]),
        )
  }${
    lostPower === 0
      ? NOTHING
      : paragraph(
          `Phones that lost power: ${formatCount(power.vanished)} vanished without a word to their servers, ${formatCount(power.closedInOrder)} had their connections closed in order.`,
        )
  }`;
}

export function stragglersBody({ stragglers }: RunSummary): Markup {
  const { notInService, phones } = stragglers;
  if (phones.length === 0) return NOTHING;
  const name =
    notInService === 0
      ? 'All phones are in service; these came last'
      : `${formatCount(notInService)} phones are not in service; after them those that came last`;
  const missing = phones.filter(({ state }) => state !== 'ready').length;
  return html`${stragglerTable(name, phones.slice(0, SHOWN))}${
    phones.length <= SHOWN
      ? NOTHING
      : folded(
          `${phones.length - SHOWN} more by name`,
          stragglerTable('In the same order', phones.slice(SHOWN)),
        )
  }${restNote(notInService, missing)}`;
}

function stragglerTable(name: string, phones: readonly Straggler[]): Markup {
  return dataTable(
    name,
    [
      left('device'),
      left('state'),
      left('stage'),
      left('last failure'),
      right('boots'),
      right('to service'),
      left('most time in'),
    ],
    phones.map((phone) => [
      html`<span class="device">${phone.device}</span>`,
      phone.state,
      phone.stage ?? '-',
      phone.cause ?? '-',
      formatCount(phone.boots),
      formatSeconds(phone.secondsToService),
      longestStage(phone.stages),
    ]),
  );
}

type Straggler = RunSummary['stragglers']['phones'][number];
