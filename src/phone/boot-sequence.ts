/**
 * A phone's start-up, Table 2-4 of the Cisco Unified IP Phone 7961G/7941G Administration Guide (OL-6966):
 *
 *   state        what ends it                          next
 *   -----------  ------------------------------------  -----------------------------------------------------
 *   off          powerOn                               power
 *   power        its modelled time is over             image
 *   image        its modelled time is over             vlan
 *   vlan         its modelled time is over             dhcp
 *   dhcp         lease bound (or a static address)     tftpServer     unsendable: pausing
 *   tftpServer   servers known                         ctl            none named: pausing
 *   ctl          every trust list file answered        config         no server answers: pausing
 *   config       a usable configuration                capf           none to be had: pausing
 *   capf         CAPF has done what was pending        firmware       needs a trust list, has none: pausing, then ctl
 *   firmware     the configured load runs, or the old  locale         a new one was flashed: image   no answer: pausing
 *   locale       every locale file answered            callManager    no server answers: pausing
 *   callManager  DefineTimeDate                        inService      every CallManager failed: pausing
 *                Reset                                 pausing, then as in service: a boot that failed
 *   inService    connection lost, or a token granted   callManager: at once over a standby connection, else pausing
 *                Reset                                 pausing, then 1: image; 2, and 3 if need be: config
 *   pausing      the pause is over                     where the boot goes on
 *   (any)        its boots are used up                 gaveUp, until stop or powerOff
 *   (any)        the lease ran out                     dhcp
 *   (any)        stop                                  stopping, then stopped
 *   (any)        powerOff                              off, with nothing but its flash
 *
 * Steps that the scenario leaves out are passed over in silence. No source says that phones back off between
 * whole-boot attempts, so the pause does not grow.
 *
 * This file holds the order of the steps; they are in files of their own, and say how they ended.
 */
import type { MachineEvent } from '../protocols/effects.ts';
import { onFileOutcome } from './apply-config.ts';
import { beginAddress, onDhcpEvent, releaseAddress } from './address-step.ts';
import { childTimer } from './child-scope.ts';
import {
  beginCallManager,
  beginService,
  dropCallManagers,
  leaveCallManager,
  onCallManagerDns,
  onCallManagerEvent,
  onServerVerdict,
} from './call-manager-step.ts';
import { beginConfiguration, afterEnrolment } from './config-step.ts';
import { beginEnrolmentStep, dropEnrolment, onCapfDns, onCapfEvent } from './enrolment-step.ts';
import { abandonFile, onFileStepEvent, onSignerVerdict } from './file-steps.ts';
import { beginFirmware, onFlashed } from './firmware-step.ts';
import { beginLocale } from './locale-step.ts';
import { pauseSeconds } from './boot-settings.ts';
import { beginModelled } from './modelled-step.ts';
import { LAST_OUT_OF_SERVICE } from '../protocols/sccp/greeting.ts';
import { beginStage, forgetAllButFlash, type Phone, type PhoneOutput, passStage } from './phone.ts';
import type { PhoneEndpoint, PhoneEvent, PhoneTimer } from './phone-effects.ts';
import { dropStandbys, reportStandbysLeft, retryStandbys } from './standby-step.ts';
import type { StepOutcome } from './step-outcome.ts';
import { beginTftpServer, onTftpServerDns } from './tftp-server-step.ts';
import { dropTvs, onTvsEvent, type TvsAnswer } from './tvs-questions.ts';
import { beginTrustLists, hasTrustItNeeds } from './trust-list-step.ts';

/** Takes one event; everything that follows from it is on `out` when this returns. */
export function stepPhone(phone: Phone, event: PhoneEvent, out: PhoneOutput): void {
  if (phone.state === 'stopped') return;
  switch (event.type) {
    case 'powerOn':
      return powerOn(phone, event, out);
    case 'powerOff':
      return powerOff(phone, event.now, out);
    case 'timer':
      return onTimer(phone, event.timer, event.now, out);
    case 'endpoint':
      return onEndpoint(phone, event.endpoint, event.event, out);
    case 'stop':
      return stop(phone, event.now, out);
    default:
      return event satisfies never;
  }
}

function powerOn(
  phone: Phone,
  { intendedAt, wave, now }: Extract<PhoneEvent, { type: 'powerOn' }>,
  out: PhoneOutput,
): void {
  if (phone.state !== 'off') return;
  phone.intendedAt = intendedAt;
  phone.boots = 1;
  out.effects.emit({ type: 'poweredOn', now, intendedAt, wave });
  enter(phone, 'power', now, out);
}

/** Nobody hears of it: no Unregister, no DHCPRELEASE. The phone begins anew with its flash when power returns. */
function powerOff(phone: Phone, now: number, out: PhoneOutput): void {
  if (phone.state === 'off' || phone.state === 'stopping') return;
  reportStandbysLeft(phone, now, out);
  out.effects.vanish();
  forgetAllButFlash(phone);
  out.effects.emit({ type: 'poweredOff', now });
}

type Step =
  | 'power'
  | 'image'
  | 'vlan'
  | 'dhcp'
  | 'tftpServer'
  | 'ctl'
  | 'config'
  | 'capf'
  | 'firmware'
  | 'locale'
  | 'callManager'
  | 'inService';

const NEXT = {
  power: 'image',
  image: 'vlan',
  vlan: 'dhcp',
  dhcp: 'tftpServer',
  tftpServer: 'ctl',
  ctl: 'config',
  config: 'capf',
  capf: 'firmware',
  firmware: 'locale',
  locale: 'callManager',
  callManager: 'inService',
} as const satisfies Partial<Record<Step, Step>>;

/** Enters a step and goes on as far as steps end at once. */
function enter(phone: Phone, step: Step, now: number, out: PhoneOutput): void {
  phone.state = step;
  proceed(phone, begin(phone, step, now, out), now, out);
}

function begin(phone: Phone, step: Step, now: number, out: PhoneOutput): StepOutcome {
  switch (step) {
    case 'power':
    case 'image':
    case 'vlan':
      return beginModelled(phone, step, now, out);
    case 'dhcp':
      return beginAddress(phone, now, out);
    case 'tftpServer':
      return beginTftpServer(phone, now, out);
    case 'ctl':
      return beginTrustLists(phone, now, out);
    case 'config':
      return beginConfiguration(phone, now, out);
    case 'capf':
      return beginEnrolmentStep(phone, now, out);
    case 'firmware':
      return beginFirmware(phone, now, out);
    case 'locale':
      return beginLocale(phone, now, out);
    case 'callManager':
      return beginCallManager(phone, now, out);
    case 'inService':
      return beginService(phone, now, out);
    default:
      return step satisfies never;
  }
}

/** What follows from the outcome of the step that the phone is in. */
function proceed(phone: Phone, outcome: StepOutcome, now: number, out: PhoneOutput): void {
  if (phone.state === 'stopping') {
    if (outcome === 'left') finish(phone, now, out);
    return;
  }
  switch (outcome) {
    case 'pending':
    case 'left':
      return;
    case 'passed':
      if (phone.state === 'capf' && !hasTrustItNeeds(phone, now, out)) return endBoot(phone, 'ctl', now, out);
      if (phone.state in NEXT) enter(phone, NEXT[phone.state as keyof typeof NEXT], now, out);
      return;
    case 'failed':
      return endBoot(phone, 'dhcp', now, out);
    case 'lost':
      return pause(phone, 'callManager', now, out);
    case 'nextCallManager':
      return enter(phone, 'callManager', now, out);
    case 'reset':
      return startAgain(phone, 'image', now, out);
    case 'restart':
      return startAgain(phone, 'config', now, out);
    case 'upgraded':
      return bootNewImage(phone, now, out);
    default:
      return outcome satisfies never;
  }
}

function onTimer(phone: Phone, timer: PhoneTimer, now: number, out: PhoneOutput): void {
  if (timer === 'standby') return retryStandbys(phone, now, out);
  if (timer !== 'boot') {
    const [endpoint, name] = childTimer(timer);
    return onEndpoint(phone, endpoint, { type: 'timer', timer: name, now }, out);
  }
  switch (phone.state) {
    case 'power':
    case 'image':
    case 'vlan':
      passStage(phone, null, now, out);
      return proceed(phone, 'passed', now, out);
    case 'firmware':
      return proceed(phone, onFlashed(phone), now, out);
    case 'pausing':
      return enter(phone, phone.resumeAt, now, out);
    default:
      return;
  }
}

/** The phone has written its flash and starts again at step 2, without a pause: the flash needed its time. */
function bootNewImage(phone: Phone, now: number, out: PhoneOutput): void {
  phone.reason = LAST_OUT_OF_SERVICE.initialized;
  out.effects.emit({ type: 'restarting', now, pauseMs: 0 });
  enter(phone, 'image', now, out);
}

function onEndpoint(phone: Phone, endpoint: PhoneEndpoint, event: MachineEvent, out: PhoneOutput): void {
  proceed(phone, onChildEvent(phone, endpoint, event, out), event.now, out);
}

/** Hands an event to the child machine on that endpoint; what comes for a machine that has ended is ignored. */
function onChildEvent(
  phone: Phone,
  endpoint: PhoneEndpoint,
  event: MachineEvent,
  out: PhoneOutput,
): StepOutcome {
  switch (endpoint) {
    case 'dhcp': {
      const outcome = onDhcpEvent(phone, event, out);
      return outcome === 'lost' ? loseAddress(phone, event.now, out) : outcome;
    }
    case 'dns':
      if (phone.enrolment) return afterEnrolment(phone, onCapfDns(phone, event, out), event.now, out);
      return phone.state === 'tftpServer'
        ? onTftpServerDns(phone, event, out)
        : onCallManagerDns(phone, event, out);
    case 'http':
    case 'tftp':
      return onFileOutcome(phone, onFileStepEvent(phone, event, out), event.now, out);
    case 'tvsDns':
    case 'tvs':
      return onVerdicts(phone, onTvsEvent(phone, endpoint, event, out), event.now, out);
    case 'capf':
      return afterEnrolment(phone, onCapfEvent(phone, event, out), event.now, out);
    case 'callManager1':
      return onCallManagerEvent(phone, 0, event, out);
    case 'callManager2':
      return onCallManagerEvent(phone, 1, event, out);
    case 'callManager3':
      return onCallManagerEvent(phone, 2, event, out);
    case 'callManager4':
      return onCallManagerEvent(phone, 3, event, out);
    default:
      return endpoint satisfies never;
  }
}

/** What TVS has said, to those who asked: what one makes of it is done before the next hears. */
function onVerdicts(phone: Phone, answers: readonly TvsAnswer[], now: number, out: PhoneOutput): StepOutcome {
  for (const { asker, verdict } of answers) {
    const outcome =
      asker === 'file'
        ? onFileOutcome(phone, onSignerVerdict(phone, verdict, now, out), now, out)
        : onServerVerdict(phone, asker, verdict, now, out);
    proceed(phone, outcome, now, out);
  }
  return 'pending';
}

/** The DHCP client has gone back to INIT by itself: the phone waits in step 4 for a new lease. */
function loseAddress(phone: Phone, now: number, out: PhoneOutput): StepOutcome {
  dropChildren(phone, now, out);
  out.effects.clearTimer('boot');
  phone.state = 'dhcp';
  beginStage(phone, 'dhcp', now, out);
  return 'pending';
}

/** CallManager has ordered it. A phone that was not in service yet has failed to boot. */
function startAgain(phone: Phone, resumeAt: 'image' | 'config', now: number, out: PhoneOutput): void {
  if (phone.state === 'inService') pause(phone, resumeAt, now, out);
  else endBoot(phone, resumeAt, now, out);
}

/** A boot that failed: there is another one, by itself from DHCP on, unless the scenario allows no more. */
function endBoot(phone: Phone, resumeAt: Phone['resumeAt'], now: number, out: PhoneOutput): void {
  dropChildren(phone, now, out);
  const { maxBootAttempts } = phone.environment.settings;
  if (maxBootAttempts !== null && phone.boots >= maxBootAttempts) {
    if (phone.lastFailure) out.effects.emit({ type: 'gaveUp', now, failure: phone.lastFailure });
    phone.state = 'gaveUp';
    releaseAddress(phone, now, out);
    return;
  }
  phone.boots++;
  pause(phone, resumeAt, now, out);
}

/** Waits before the boot goes on: without it a cluster that answers and closes would meet a phone without rest. */
function pause(phone: Phone, resumeAt: Phone['resumeAt'], now: number, out: PhoneOutput): void {
  const { environment, identity } = phone;
  phone.state = 'pausing';
  phone.resumeAt = resumeAt;
  if (resumeAt !== 'ctl') phone.enrolled = false;
  const pauseMs = pauseSeconds(environment.settings, resumeAt, identity.index, phone.pauses++) * 1000;
  if (phone.firstPacketAt >= 0) phone.pausedMs += pauseMs;
  out.effects.emit({ type: 'restarting', now, pauseMs });
  out.effects.setTimer('boot', pauseMs);
}

/** Ends what is under way above the address, without a word to anybody. */
function dropChildren(phone: Phone, now: number, out: PhoneOutput): void {
  dropRequests(phone, now, out);
  dropCallManagers(phone, now, out);
}

function dropRequests(phone: Phone, now: number, out: PhoneOutput): void {
  phone.stage = null;
  abandonFile(phone, now, out);
  dropTvs(phone, now, out);
  dropEnrolment(phone, now, out);
  if (phone.dns) onCallManagerDns(phone, { type: 'stop', now }, out);
}

/** An orderly end from wherever the phone is: Unregister, then DHCPRELEASE. */
function stop(phone: Phone, now: number, out: PhoneOutput): void {
  if (phone.state === 'stopping') return;
  phone.state = 'stopping';
  out.effects.clearTimer('boot');
  dropRequests(phone, now, out);
  dropStandbys(phone, now, out);
  if (phone.sccp) proceed(phone, leaveCallManager(phone, now, out), now, out);
  else proceed(phone, releaseAddress(phone, now, out), now, out);
}

/** CallManager has been left, or the address given back: the next of the two, or the end. */
function finish(phone: Phone, now: number, out: PhoneOutput): void {
  if (phone.dhcp) return proceed(phone, releaseAddress(phone, now, out), now, out);
  phone.state = 'stopped';
  out.effects.done();
}
