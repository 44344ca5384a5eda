/** Errors of events. The gateway answers the source by HTTP; a record on the topic goes to the quarantine. */
export const eventErrors = {
  'event.malformed': {
    disposition: 'quarantine',
    http: { gateway: 400 },
    unprocessable: 422,
    what: 'The record is not an event that Freshet can read.',
    normal: 'A new source is being connected.',
    remedy:
      'Compare the event with schemas/change-event.schema.json at the place that `errors` names.',
  },
  'event.unauthentic': {
    disposition: 'quarantine',
    http: { gateway: 401 },
    what: 'The signature or the stamp does not prove which source sent the event.',
    normal: 'A sender still signs with a removed key, within minutes of a rotation.',
    remedy:
      'Compare the `kid` with the keys of the source in the registry. If no key was rotated, treat it as an attack.',
  },
  'event.forbidden': {
    disposition: 'quarantine',
    http: { gateway: 403 },
    what: 'The registry does not allow the source to change this claim, subject or scope.',
    normal: 'Never. Each claim has one source.',
    remedy:
      'Read `sources`, `claims` and `cutOffs` of the registry. Send the event from the source that is declared there.',
  },
  'event.unmapped': {
    disposition: 'quarantine',
    http: { gateway: 422 },
    what: 'The registry has no claim of that name.',
    normal: 'A source sends a claim that the registry does not have yet.',
    remedy: 'Declare the claim in the registry, or stop the source from sending it.',
  },
  'event.conflict': {
    disposition: 'quarantine',
    http: { gateway: 409 },
    what: 'Freshet accepted an event with that id and other content before.',
    normal: 'Never. A source uses an id for one event, and a retry repeats it unchanged.',
    remedy: 'Send the new content under a new id.',
  },
  'event.superseded': {
    disposition: 'skip',
    http: { gateway: 409 },
    what: 'Another process of the source has begun a newer epoch. Events and heartbeats of the older one are refused.',
    normal: 'A second process of the source starts, or one that was paused wakes.',
    remedy:
      'End the older process: the newer one has taken over. If neither should run, look who else holds the key of the source.',
  },
  'event.statement': {
    disposition: 'quarantine',
    http: {},
    what: 'The snapshot marker has no match: an end without its begin, or an old marker.',
    normal:
      'A source begins a snapshot again while an older one has not ended. Or an activation gave it a claim or the accounts, which voids its open snapshot.',
    remedy:
      'Send a new snapshot with a version that no marker had before: write the file anew, and run `freshet source resync FILE --restart`.',
  },
  'event.unconfirmed': {
    disposition: 'quarantine',
    http: {},
    what: 'The end of the snapshot removes more claims of the source than `maxSweep` allows without a confirmation.',
    normal: 'Many people leave at once. Otherwise the export was cut short.',
    remedy:
      'Compare the export with the source. If it is right, send the end again under another id with `confirm` (`freshet source resync --confirm`). Otherwise send a new snapshot.',
  },
  'event.flood': {
    disposition: 'quarantine',
    http: {},
    what: 'The source removes more claims than `maxRemovals` allows. This removal is held, and its claim is in doubt.',
    normal:
      'Many people leave at once. Otherwise the source, or a system that it reads, is broken.',
    remedy:
      'Ask the owner of the source. If it is right, run `freshet quarantine replay --code event.flood`. If not, clear the doubts and drop the records.',
  },
  'event.sequence': {
    disposition: 'quarantine',
    http: { gateway: 409 },
    what: 'A dense source sent another number than the expected one.',
    normal: 'A retry overtook the event before it.',
    remedy: 'Ask `GET /v1/sources/{source}` for `next`, and continue from there in order.',
  },
  'event.unacknowledged': {
    disposition: 'retry',
    http: { gateway: 409 },
    what: 'The heartbeat covers events that the broker has not acknowledged yet.',
    normal: 'The broker is slow, or the load is high, for moments.',
    remedy: 'Send a new heartbeat later. If the error stays, check whether Kafka accepts writes.',
  },
  'event.unrecorded': {
    disposition: 'retry',
    http: { gateway: 503 },
    what: 'The state of the source is not known yet: the reconciler has not recorded everything that was accepted.',
    normal: 'The reconciler starts, or works through many changes.',
    remedy:
      'Ask again later. If the error stays, look for a halt of the source with `freshet status`.',
  },
} as const
