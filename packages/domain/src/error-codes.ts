/**
 * The catalogue of error codes: one entry per failure that someone must act on.
 *
 * `disposition` says what the loop that caught it does; `what` is the sentence an operator reads.
 */
export const errorCodes = {
  'config.invalid': { disposition: 'stop', what: 'The configuration cannot be used as it is.' },
  'registry.invalid': { disposition: 'stop', what: 'The claim registry breaks one of its rules.' },
  'registry.not-loaded': {
    disposition: 'retry',
    what: 'Another policy version is active than the one that this process has loaded.',
  },
  'topic.mismatch': { disposition: 'stop', what: 'A topic is not as infra/topics.yaml plans it.' },
  'database.migration': {
    disposition: 'stop',
    what: 'The database schema is not the one this build needs.',
  },
  'event.malformed': { disposition: 'quarantine', what: 'The bytes are not an event we can read.' },
  'event.unauthentic': {
    disposition: 'quarantine',
    what: 'The signature or stamp does not prove who sent the event.',
  },
  'event.forbidden': {
    disposition: 'quarantine',
    what: 'The source may not speak about this claim, subject or scope.',
  },
  'event.unmapped': { disposition: 'quarantine', what: 'No claim of that name is registered.' },
  'event.conflict': {
    disposition: 'quarantine',
    what: 'An event of that id was accepted before with other content.',
  },
  'event.sequence': {
    disposition: 'quarantine',
    what: 'A dense source sent another number than the expected one.',
  },
  'event.unacknowledged': {
    disposition: 'retry',
    what: 'A heartbeat covers events that the broker has not acknowledged yet.',
  },
  'token.invalid': { disposition: 'quarantine', what: 'The token is not acceptable here.' },
  'token.stale': {
    disposition: 'quarantine',
    what: 'Something that the token says was taken away after it was minted.',
  },
  'token.unverified': {
    disposition: 'retry',
    what: 'Nobody can vouch for the token now: a source or our own stream is silent.',
  },
  'grant.invalid': { disposition: 'quarantine', what: 'The token request cannot be granted.' },
  'grant.target': {
    disposition: 'quarantine',
    what: 'The client may not have tokens for this audience.',
  },
  'grant.unsupported': { disposition: 'quarantine', what: 'No such grant type is offered here.' },
  'mint.unverified': {
    disposition: 'retry',
    what: 'A source is silent beyond its lease, so its claims cannot be minted.',
  },
  'mint.doubtful': {
    disposition: 'retry',
    what: 'A claim of the subject is in doubt until its source states it again.',
  },
  'mint.too-large': {
    disposition: 'quarantine',
    what: 'A claim has more bytes than the registry lets a token carry.',
  },
  'mint.contended': {
    disposition: 'retry',
    what: 'Every attempt to mint was overtaken by a change of the same subject.',
  },
  'broker.unavailable': { disposition: 'retry', what: 'The broker did not answer as it must.' },
  'broker.offset-lost': {
    disposition: 'retry',
    what: 'The records asked for are no longer in the topic.',
  },
  'database.unavailable': { disposition: 'retry', what: 'The database did not answer in time.' },
  'database.timeout': {
    disposition: 'retry',
    what: 'A statement or a wait for a lock took longer than its limit; try a smaller piece.',
  },
  'database.read-only': {
    disposition: 'retry',
    what: 'The database takes no writes: a standby, or a primary that was demoted.',
  },
  'database.exhausted': {
    disposition: 'retry',
    what: 'The database is out of disk, memory or connections.',
  },
  'database.serialization': {
    disposition: 'retry',
    what: 'The transaction lost a race and can be run again.',
  },
  'keys.unavailable': { disposition: 'retry', what: 'A key set could not be fetched.' },
  'edge.not-live': { disposition: 'retry', what: 'The edge has not caught up once yet.' },
  'request.too-large': {
    disposition: 'quarantine',
    what: 'The request is larger than the limit of this door.',
  },
  'request.media-type': {
    disposition: 'quarantine',
    what: 'The body is of a kind that this route does not read.',
  },
  'request.not-found': { disposition: 'quarantine', what: 'There is nothing of that name here.' },
  'request.unauthenticated': {
    disposition: 'quarantine',
    what: 'The request does not prove who sends it.',
  },
  'request.forbidden': {
    disposition: 'quarantine',
    what: 'Who sends the request may not do this.',
  },
  'limit.reached': { disposition: 'retry', what: 'A named limit is reached; try again later.' },
  'invariant.broken': { disposition: 'crash', what: 'The program found itself in the wrong.' },
} as const

/** What the loop that catches an error does with the input at hand. */
export type Disposition = 'quarantine' | 'skip' | 'retry' | 'stop' | 'crash'

/** The stable name of a failure; callers switch on it, never on messages. */
export type ErrorCode = keyof typeof errorCodes
