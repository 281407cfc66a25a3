/**
 * The end of step 7 of Table 2-4: where the configuration names another firmware than the phone runs, the phone
 * downloads it, writes it to flash and starts again. First `<load>.loads`, then the parts that it lists, in its order;
 * nothing of a part is kept.
 *
 *   event                                     what the phone does
 *   ----------------------------------------  -----------------------------------------------------------------
 *   no load named, or the one that runs       nothing: the locale files
 *   a root of peer firmware sharing gets it   modelled time, no TFTP; then as after the last part
 *   .loads or part received                   the next part
 *   the last part received                    flash (modelled time), then image: the whole boot again
 *   ERROR 1, any other ERROR                  keeps the load that it runs, and registers with it
 *   .loads that names nothing                 keeps the load that it runs ("Load ID incorrect")
 *   no answer                                 the second server; without one the step failed, as with any file
 *
 * Peers of a root are modelled: they get the load even if their root did not.
 */
import { loadsFileName } from '../protocols/firmware/known-loads.ts';
import { parseLoadsFile } from '../protocols/firmware/loads-file.ts';
import type { FileSinkConfig } from '../protocols/file-sink.ts';
import { sampleSeconds } from '../random/distribution.ts';
import {
  askNextServer,
  failFile,
  type FileAnswer,
  isSilence,
  requestFile,
  serverText,
} from './file-request.ts';
import { beginStage, failStage, type Phone, type PhoneOutput, passStage, waitModelled } from './phone.ts';
import { configuredLoad } from './running-load.ts';
import type { StepOutcome } from './step-outcome.ts';

/** A part larger than this is no firmware: the largest of any phone has 33 MB. */
const MOST_PART_BYTES = 64 * 1024 * 1024;
/** A genuine `.loads` file has some 650 bytes. */
const MOST_LOADS_BYTES = 64 * 1024;

const LOADS_SINK: FileSinkConfig = { type: 'keep', maxBytes: MOST_LOADS_BYTES };

export function beginFirmware(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  const load = configuredLoad(phone);
  const { flash, environment, identity } = phone;
  if (load === null || flash.load === null || load === flash.load) return 'passed';
  if (!environment.settings.firmware.download) return 'passed';
  if (identity.firmwareFromPeer === true) return beginFlashing(phone, 'from-peer', out);
  beginStage(phone, 'firmware', now, out);
  phone.pendingFiles = [];
  return requestFile(phone, loadsFileName(load), LOADS_SINK, now, out);
}

export function onFirmwareFile(phone: Phone, answer: FileAnswer, now: number, out: PhoneOutput): StepOutcome {
  const isList = phone.fileName.endsWith('.loads');
  switch (answer.outcome) {
    case 'received':
      if (!isList) return nextPart(phone, now, out);
      return onList(phone, answer.content ?? new Uint8Array(0), now, out);
    case 'not-found':
      failFile(phone, answer, now, out);
      return 'passed';
    case 'failed': {
      const silent = isSilence(answer);
      const sink = isList ? LOADS_SINK : partSink(phone);
      const next = silent ? askNextServer(phone, answer, sink, now, out) : null;
      if (next !== null) return next;
      failFile(phone, answer, now, out);
      return silent ? 'failed' : 'passed';
    }
    default:
      return answer satisfies never;
  }
}

/** The modelled time is over: the phone starts again, from the new image. */
export function onFlashed(phone: Phone): StepOutcome {
  phone.flash.load = configuredLoad(phone);
  return 'upgraded';
}

function onList(phone: Phone, content: Uint8Array, now: number, out: PhoneOutput): StepOutcome {
  const list = parseLoadsFile(content);
  if (!list.ok) {
    failStage(phone, 'load-malformed', serverText(phone), list.detail, now, out);
    return 'passed';
  }
  phone.pendingFiles = list.parts;
  return nextPart(phone, now, out);
}

function nextPart(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  const [part, ...rest] = phone.pendingFiles;
  phone.pendingFiles = rest;
  if (part !== undefined) return requestFile(phone, part, partSink(phone), now, out);
  passStage(phone, serverText(phone), now, out);
  return beginFlashing(phone, 'from-server', out);
}

function beginFlashing(phone: Phone, source: 'from-peer' | 'from-server', out: PhoneOutput): StepOutcome {
  const { firmware, seed } = phone.environment.settings;
  const { index } = phone.identity;
  const sharing =
    source === 'from-peer' ? sampleSeconds(firmware.sharingTime, seed, index, 'sharing-time') : 0;
  waitModelled(phone, sharing + sampleSeconds(firmware.flashTime, seed, index, 'flash-time'), out);
  return 'pending';
}

function partSink(phone: Phone): FileSinkConfig {
  const { maxBytes } = phone.environment.settings.firmware;
  return {
    type: 'discard',
    maxBytes: MOST_PART_BYTES,
    ...(maxBytes === null ? {} : { enoughBytes: maxBytes }),
  };
}
