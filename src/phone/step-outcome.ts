/** What a step of the start-up tells the boot sequence when it begins or takes an event. */
export type StepOutcome =
  /** It goes on. */
  | 'pending'
  | 'passed'
  /** Every way that the step knows was tried; `phone.lastFailure` says why. */
  | 'failed'
  /** What had been passed is gone: the lease, or the CallManager of a registered phone. */
  | 'lost'
  /** The registration has ended, and the phone goes on with another CallManager at once. */
  | 'nextCallManager'
  /** CallManager sent Reset type 1, or a lost CallManager has this effect on the model: the phone loads its image again. */
  | 'reset'
  /** CallManager sent Reset type 2, or 3 and it is needed: the phone reads its configuration again. */
  | 'restart'
  /** New firmware is in flash: the phone loads its image again. */
  | 'upgraded'
  /** The orderly end that was asked for is complete. */
  | 'left';
