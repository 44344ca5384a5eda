/** Of asking for tokens and of using them. */
export const tokenErrors = {
  'token.invalid': {
    disposition: 'quarantine',
    what: 'The token is not acceptable here.',
    normal: 'After expiry, and from clients that use the token of another audience.',
    remedy: 'Ask the authority for a new token for this audience.',
  },
  'token.unproven': {
    disposition: 'quarantine',
    what: 'The token is bound to a key (`cnf`), and nothing proves that its sender holds that key.',
    normal:
      'When a bound token is sent as a bearer token: by a client that omits the proof, or by a thief.',
    remedy:
      'Read docs/proof.md: it names the proofs that an edge verifies. Without one, ask the issuer for an unbound token.',
  },
  'proof.invalid': {
    disposition: 'quarantine',
    what: 'The DPoP proof of the request is not acceptable (RFC 9449 §4.3).',
    normal:
      'When a client sends a proof twice, or its clock is more than 5 s ahead or a minute behind.',
    remedy:
      'The message names the rule. Compare the clock of the client, and the URL that it asked for with `urls` of `dpop` (`FRESHET_PROOF_URLS`).',
  },
  'proof.nonce': {
    disposition: 'quarantine',
    what: 'The DPoP proof has no nonce of this service, or an old one.',
    normal: 'At the first request of each client, and after two minutes of silence.',
    remedy: 'The client makes a new proof with the nonce of the `DPoP-Nonce` header.',
  },
  'token.stale': {
    disposition: 'quarantine',
    what: 'Something that the token says was taken away after it was minted.',
    normal: 'Always after a loss: it is what Freshet is for.',
    remedy: 'Ask the authority for a new token; `freshet token explain` says which change it was.',
  },
  'token.unverified': {
    disposition: 'retry',
    what: 'Nobody can vouch for the token now: a source or our own stream is silent.',
    normal: 'For seconds after the start of an edge, a source or the reconciler.',
    remedy: 'Run `freshet edge ls`: it names the silent source or the edge that is behind.',
  },
  'grant.invalid': {
    disposition: 'quarantine',
    what: 'The token request cannot be granted.',
    normal: 'When a subject token has expired, or the account is disabled.',
    remedy:
      'The message names the parameter or the rule; get a new subject token, or see `freshet subject get`.',
  },
  'grant.cycle': {
    disposition: 'quarantine',
    what: 'Somebody would act for itself: a party stands twice in the chain of actors.',
    normal: 'Never.',
    remedy: 'Leave the actor out, or look why two services hand a request back and forth.',
  },
  'grant.too-deep': {
    disposition: 'quarantine',
    what: 'More actors than a token may have.',
    normal: 'Never.',
    remedy: 'Shorten the chain of services: each hands on the token that it was called with.',
  },
  'grant.target': {
    disposition: 'quarantine',
    what: 'The client may not have tokens for this audience.',
    normal: 'Never: the registry lists the audiences of each client.',
    remedy: 'Ask for a declared audience, or declare this one for the client in the registry.',
  },
  'grant.scope': {
    disposition: 'quarantine',
    what: 'The token cannot have a scope that was asked for.',
    normal:
      'When a client asks for a scope that is derived from a claim, for a subject without its values.',
    remedy:
      'Ask for fewer scopes, or give the scope to both the client and the audience in the registry. See docs/minting.md#scopes.',
  },
  'grant.forbidden': {
    disposition: 'quarantine',
    what: 'The client may not use this grant.',
    normal: 'Never: only a client with a subject of its own speaks for itself.',
    remedy: 'Declare `subject` for the client in the registry, or exchange a token of a person.',
  },
  'grant.unsupported': {
    disposition: 'quarantine',
    what: 'No such grant type is offered here.',
    normal: 'Never.',
    remedy: 'See `grant_types_supported` in /.well-known/oauth-authorization-server.',
  },
  'mint.unverified': {
    disposition: 'retry',
    what: 'A source is silent beyond its lease, so its claims cannot be minted.',
    normal: 'For seconds after the start of a source, and while it is down.',
    remedy: 'See that the named source sends heartbeats, and that they are answered 202.',
  },
  'mint.doubtful': {
    disposition: 'retry',
    what: 'A claim of the subject is in doubt until its source states it again.',
    normal:
      'After a record of the source that could not be read, a deleted account that came back, or a claim that moved to another source.',
    remedy:
      'Let the source send a `set` of the claim for this subject whose `settles` names the record; of a claim that moved, a full statement.',
  },
  'mint.too-large': {
    disposition: 'quarantine',
    what: 'A claim, or all of a token together, has more bytes than the registry allows.',
    normal: 'Never: such a subject has too many entitlements for this audience.',
    remedy: 'Give the audience a narrower claim, or raise `maxBytes` of what the message names.',
  },
  'mint.contended': {
    disposition: 'retry',
    what: 'Every attempt to mint was overtaken by a change of the same subject.',
    normal: 'While a source changes one subject many times a second.',
    remedy: 'Ask again. Where it stays, see what the source sends with `freshet revocation tail`.',
  },
} as const
