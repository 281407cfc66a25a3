import { DecodeError } from '../../wire/decode-error.ts';
import { BUTTON_TYPE, buttonTemplateRes } from './messages/buttons.ts';
import { featureStatRes, featureStatV2Res } from './messages/feature-stat.ts';
import { forwardStatRes } from './messages/forward-stat.ts';
import { lineStatRes, lineStatV2Res } from './messages/line-stat.ts';
import { serviceUrlStatRes, serviceUrlStatV2Res } from './messages/service-url-stat.ts';
import { softKeySetRes, softKeyTemplateRes } from './messages/soft-keys.ts';
import { speedDialStatRes, speedDialStatV2Res } from './messages/speed-dial-stat.ts';
import { timeDateRes } from './messages/time-date.ts';
import type { IndexedFrame, PhoneFrames } from './phone-frames.ts';

/*
 * What a phone asks between RegisterAck and being in service, in rounds. A round goes out in one write; the next one
 * follows when all of its answers are there. The order is one that CUCM, chan-sccp, chan_skinny and FreeSWITCH
 * accept; RegisterAvailableLines before the templates can bring a Reset.
 *
 *   1       ButtonTemplateReq                          (HeadsetStatus and CapabilitiesRes before it)
 *   2       SoftKeyTemplateReq, SoftKeySetReq
 *   3..     LineStatReq                                one for each line, each in a round of its own, as phones do
 *   then    SpeedDialStatReq, FeatureStatReq, ServiceURLStatReq for each such button, ForwardStatReq for each line
 *   last    TimeDateReq                                (UpdateCapabilities and RegisterAvailableLines before it)
 *
 * Sources: chan-sccp issue logs of 79x1 phones, Cisco CallManager 3.0(1) Troubleshooting Guide. That requests other
 * than LineStatReq share a write is our choice.
 */

/** Requests in one write: as many frames as every known server was seen to take in one segment. */
const ROUND_SIZE = 5;

/** More buttons than this and the template is nonsense. The figure is our inference: no phone has a quarter of it. */
const MAX_BUTTONS = 1024;

type Unnumbered = 'buttonTemplate' | 'softKeyTemplate' | 'softKeySet' | 'timeDate';
type Numbered = Exclude<IndexedFrame, 'availableLines'>;

/** One question. `index` counts from 1; 0 where there is only one of the kind. */
interface Request {
  readonly kind: Unnumbered | Numbered;
  readonly index: number;
}

type Round = readonly Request[];

const TEMPLATE_ROUND: Round = [{ kind: 'buttonTemplate', index: 0 }];
const SOFT_KEY_ROUND: Round = [
  { kind: 'softKeyTemplate', index: 0 },
  { kind: 'softKeySet', index: 0 },
];
const TIME_ROUND: Round = [{ kind: 'timeDate', index: 0 }];

/** Where a phone stands in its set-up. */
export interface LineSetup {
  /** Buttons known so far; a template can come in several messages. */
  readonly buttons: { readonly type: number; readonly instance: number }[];
  lines: number;
  rounds: readonly Round[];
  round: number;
  /** Questions of this round that wait for an answer. */
  pending: Request[];
}

interface Sender {
  send(bytes: Uint8Array): void;
}

/** Begins with the first round. `capabilitiesAsked`: CapabilitiesReq has come and is answered here. */
export function beginLineSetup(frames: PhoneFrames, capabilitiesAsked: boolean, out: Sender): LineSetup {
  out.send(capabilitiesAsked ? frames.opening : frames.openingUnasked);
  return { buttons: [], lines: 0, rounds: [TEMPLATE_ROUND], round: 0, pending: [...TEMPLATE_ROUND] };
}

/**
 * Takes a message that may be an answer. Answers are known by kind and number, never by position: servers send other
 * messages between them.
 *
 * @returns `ready` when all is answered, `asked` when a new round went out, `nothing` otherwise
 */
export function receiveAnswer(
  setup: LineSetup,
  id: number,
  frame: Uint8Array,
  frames: PhoneFrames,
  out: Sender,
): 'nothing' | 'asked' | 'ready' {
  const answer = ANSWERS.get(id);
  if (answer === undefined) return 'nothing';
  if (answer.kind === 'buttonTemplate') {
    if (!receiveButtons(setup, frame)) return 'nothing';
    setup.rounds = planRounds(setup);
  }
  const index = answer.index(frame);
  const at = setup.pending.findIndex(
    (request) => request.index === index && answersTo(answer.kind, request.kind),
  );
  if (at < 0) return 'nothing';
  setup.pending.splice(at, 1);
  if (setup.pending.length > 0) return 'nothing';
  setup.round++;
  const next = setup.rounds[setup.round];
  if (next === undefined) return 'ready';
  setup.pending = [...next];
  sendRound(next, setup.lines, frames, out);
  return 'asked';
}

/** What is not answered yet, for the text of a failure. */
export function describePending(setup: LineSetup): string {
  return setup.pending.map(({ kind, index }) => (index === 0 ? kind : `${kind} ${index}`)).join(', ');
}

interface Answer {
  readonly kind: Request['kind'];
  /** Raises DecodeError. */
  index(frame: Uint8Array): number;
}

/** The server chooses between the static and the dynamic form, whatever the version: both answer. */
const ANSWERS: ReadonlyMap<number, Answer> = new Map<number, Answer>([
  [buttonTemplateRes.id, { kind: 'buttonTemplate', index: () => 0 }],
  [softKeyTemplateRes.id, { kind: 'softKeyTemplate', index: () => 0 }],
  [softKeySetRes.id, { kind: 'softKeySet', index: () => 0 }],
  [timeDateRes.id, { kind: 'timeDate', index: () => 0 }],
  [lineStatRes.id, { kind: 'line', index: (frame) => lineStatRes.decodeFrame(frame).lineNumber }],
  [lineStatV2Res.id, { kind: 'line', index: (frame) => lineStatV2Res.decodeFrame(frame).lineNumber }],
  [forwardStatRes.id, { kind: 'forward', index: (frame) => forwardStatRes.decodeFrame(frame).lineNumber }],
  [
    speedDialStatRes.id,
    { kind: 'speedDial', index: (frame) => speedDialStatRes.decodeFrame(frame).speedDialNumber },
  ],
  [
    speedDialStatV2Res.id,
    { kind: 'speedDial', index: (frame) => speedDialStatV2Res.decodeFrame(frame).speedDialNumber },
  ],
  [featureStatRes.id, { kind: 'feature', index: (frame) => featureStatRes.decodeFrame(frame).featureIndex }],
  [
    featureStatV2Res.id,
    { kind: 'feature', index: (frame) => featureStatV2Res.decodeFrame(frame).featureIndex },
  ],
  [
    serviceUrlStatRes.id,
    { kind: 'serviceUrl', index: (frame) => serviceUrlStatRes.decodeFrame(frame).serviceURLIndex },
  ],
  [
    serviceUrlStatV2Res.id,
    { kind: 'serviceUrl', index: (frame) => serviceUrlStatV2Res.decodeFrame(frame).serviceURLIndex },
  ],
]);

/** A speed dial with busy lamp is asked for as a feature, and servers answer in either way. */
function answersTo(answer: Request['kind'], request: Request['kind']): boolean {
  if (answer === request) return true;
  return request === 'blfSpeedDial' && (answer === 'feature' || answer === 'speedDial');
}

/** @returns whether the template is complete and was asked for */
function receiveButtons(setup: LineSetup, frame: Uint8Array): boolean {
  if (setup.pending[0]?.kind !== 'buttonTemplate') return false;
  const { offset, total, entries } = buttonTemplateRes.decodeFrame(frame);
  if (Math.max(total, offset + entries.length) > MAX_BUTTONS) {
    throw new DecodeError('sccp/ButtonTemplateRes.total', 20, `${total} buttons, allowed are ${MAX_BUTTONS}`);
  }
  // A part that is not the next one is a repetition, or its predecessor is lost: then the time-out says so.
  if (offset !== setup.buttons.length) return false;
  for (const { buttonDefinition, instanceNumber } of entries) {
    setup.buttons.push({ type: buttonDefinition, instance: instanceNumber });
  }
  return setup.buttons.length >= total;
}

const REQUEST_OF_BUTTON: ReadonlyMap<number, Numbered> = new Map([
  [BUTTON_TYPE.line, 'line'],
  [BUTTON_TYPE.speedDial, 'speedDial'],
  [BUTTON_TYPE.feature, 'feature'],
  [BUTTON_TYPE.serviceUrl, 'serviceUrl'],
  [BUTTON_TYPE.blfSpeedDial, 'blfSpeedDial'],
] as const);

/** All rounds, now that the buttons are known. A button that occurs twice is asked for once. */
function planRounds(setup: LineSetup): readonly Round[] {
  const requests = new Map<string, Request>();
  for (const { type, instance } of setup.buttons) {
    const kind = REQUEST_OF_BUTTON.get(type);
    if (kind !== undefined && instance > 0) requests.set(`${kind} ${instance}`, { kind, index: instance });
  }
  const all = [...requests.values()];
  const lines = all.filter(({ kind }) => kind === 'line');
  const others = all.filter(({ kind }) => kind !== 'line');
  const forwards = lines.map(({ index }): Request => ({ kind: 'forward', index }));
  setup.lines = lines.length;
  return [
    TEMPLATE_ROUND,
    SOFT_KEY_ROUND,
    ...inRounds(lines, 1),
    ...inRounds([...others, ...forwards], ROUND_SIZE),
    TIME_ROUND,
  ];
}

function inRounds(requests: readonly Request[], size: number): Round[] {
  const rounds: Round[] = [];
  for (let at = 0; at < requests.length; at += size) rounds.push(requests.slice(at, at + size));
  return rounds;
}

function sendRound(round: Round, lines: number, frames: PhoneFrames, out: Sender): void {
  if (round === SOFT_KEY_ROUND) {
    out.send(frames.softKeys);
    return;
  }
  if (round === TIME_ROUND) {
    if (frames.updateCapabilities !== null) out.send(frames.updateCapabilities);
    out.send(frames.indexed('availableLines', lines));
    out.send(frames.timeDate);
    return;
  }
  for (const { kind, index } of round) {
    if (isNumbered(kind)) out.send(frames.indexed(kind, index));
  }
}

function isNumbered(kind: Request['kind']): kind is Numbered {
  return (
    kind !== 'buttonTemplate' && kind !== 'softKeyTemplate' && kind !== 'softKeySet' && kind !== 'timeDate'
  );
}
