/** Of what sources send. Over HTTP the source is told; on the topic it goes to the quarantine. */
export const eventErrors = {
  'event.malformed': {
    disposition: 'quarantine',
    what: 'The bytes are not an event we can read.',
    normal: 'While a new source is being connected.',
    remedy:
      'Compare the event with schemas/change-event.schema.json at the place that `errors` names.',
  },
  'event.unauthentic': {
    disposition: 'quarantine',
    what: 'The signature or stamp does not prove who sent the event.',
    normal: 'Within minutes of a rotation, from a sender that still signs by a removed key.',
    remedy:
      'Compare the `kid` with the keys that the registry has for the source; treat it as an attack where nobody rotated.',
  },
  'event.forbidden': {
    disposition: 'quarantine',
    what: 'The source may not speak about this claim, subject or scope.',
    normal: 'Never: each claim has one source.',
    remedy:
      'See `sources`, `claims` and `cutOffs` of the registry; send it from the source that is declared there.',
  },
  'event.unmapped': {
    disposition: 'quarantine',
    what: 'No claim of that name is registered.',
    normal: 'When a source learned a claim before the registry did.',
    remedy: 'Register the claim, or stop the source from sending it.',
  },
  'event.conflict': {
    disposition: 'quarantine',
    what: 'An event of that id was accepted before with other content.',
    normal: 'Never: an id is used for one event, and a retry repeats it unchanged.',
    remedy: 'Send the new content under a new id.',
  },
  'event.statement': {
    disposition: 'quarantine',
    what: 'A border of a full statement that fits none: an end without its begin, or an old border.',
    normal: 'When a source begins a statement anew while an older one has not ended.',
    remedy: 'State all anew, with a version that no border before had.',
  },
  'event.unconfirmed': {
    disposition: 'quarantine',
    what: 'The end of a full statement that leaves out more of the source’s claims than it may unasked.',
    normal: 'When many leave at once; else the statement is an export that broke off.',
    remedy:
      'Compare the export with the source. If it is right, send the end again, under another id and with `confirm` (`freshet source resync --confirm`); else state all anew.',
  },
  'event.flood': {
    disposition: 'quarantine',
    what: 'A source takes away more claims in a time than it may unasked; this one is held, and its claim in doubt.',
    normal: 'When many leave at once; else the source, or what it reads from, is broken.',
    remedy:
      'Ask the owner of the source. If it is right, replay the records (`freshet quarantine replay --reason event.flood`); if not, clear their doubts and drop them.',
  },
  'event.sequence': {
    disposition: 'quarantine',
    what: 'A dense source sent another number than the expected one.',
    normal: 'After a retry that overtook its predecessor.',
    remedy: 'Ask `GET /v1/sources/{source}` for `next` and go on from there, in order.',
  },
  'event.unacknowledged': {
    disposition: 'retry',
    what: 'A heartbeat covers events that the broker has not acknowledged yet.',
    normal: 'For moments under load, and while the broker is slow.',
    remedy: 'Send a new heartbeat later. Where it stays, see whether Kafka takes writes.',
  },
} as const
