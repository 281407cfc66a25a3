import type { SccpMessage } from '../../../src/protocols/sccp/message-table.ts';
import { expect } from 'vitest';
import { PhoneSession, wire } from './phone-session.ts';
import { ack, CUCM, scriptedServer } from './scripted-server.ts';

/* Messages of a server, and phones in every state of a registration, for the tables of several tests. */

export const ACK = ack({ keepAliveInterval: 30, versionByte: 17 });
export const CAPABILITIES_REQ: SccpMessage = { type: 'CapabilitiesReq' };
export const KEEP_ALIVE_ACK: SccpMessage = { type: 'KeepAliveAck' };
export const REJECT: SccpMessage = { type: 'RegisterReject', text: 'Crossover session' };
export const LAMP: SccpMessage = { type: 'SetLamp', stimulus: 15, stimulusInstance: 0, lampMode: 1 };
export const reset = (resetType: number): SccpMessage => ({ type: 'Reset', resetType });
export const unregisterAck = (status: number): SccpMessage => ({ type: 'UnregisterAck', status });

/** The way into each state. */
export const INTO = {
  idle: () => {},
  connecting: (session: PhoneSession) => session.start(),
  registering: (session: PhoneSession) => {
    session.start();
    session.connected();
  },
  registered: (session: PhoneSession) => {
    INTO.registering(session);
    session.from(ACK);
  },
  settingUp: (session: PhoneSession) => {
    INTO.registered(session);
    session.from(CAPABILITIES_REQ);
  },
  inService: (session: PhoneSession) => {
    INTO.registering(session);
    session.converse(scriptedServer(CUCM), (replies) => session.receive(wire(replies)));
  },
  unregistering: (session: PhoneSession) => {
    INTO.inService(session);
    session.stop();
  },
  ended: (session: PhoneSession) => {
    INTO.connecting(session);
    session.stop();
  },
} as const;

export function sessionIn(state: keyof typeof INTO): PhoneSession {
  const session = new PhoneSession();
  INTO[state](session);
  expect(session.state).toBe(state);
  return session;
}

/** The phase in which a registration fails, by its state. */
export const PHASES = [
  ['connecting', 'connect'],
  ['registering', 'register'],
  ['registered', 'ready'],
  ['settingUp', 'ready'],
  ['inService', 'inService'],
] as const;
