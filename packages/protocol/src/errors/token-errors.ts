/** Errors of token requests and of token use. */
export const tokenErrors = {
  'token.missing': {
    disposition: 'quarantine',
    http: { edge: 401 },
    what: 'The request has no access token in its `Authorization` header.',
    normal: 'A client calls the route for the first time, before it has a token.',
    remedy: 'Send `Authorization: Bearer` or `DPoP` with an access token for this audience.',
  },
  'token.invalid': {
    disposition: 'quarantine',
    http: { edge: 401, oauth: 400 },
    oauth: 'invalid_request',
    what: 'The service does not accept the token.',
    normal: 'A token expired, or a client uses the token of another audience.',
    remedy: 'Ask the authority for a new token for this audience.',
  },
  'token.unproven': {
    disposition: 'quarantine',
    http: { edge: 401, oauth: 400 },
    oauth: 'invalid_request',
    what: 'The token is bound to a key (`cnf`), and the request does not prove that its sender holds that key.',
    normal: 'A client omits the proof, or a thief sends the token.',
    remedy:
      'Read docs/foreign.md, which names the proofs that an edge verifies. Or ask the issuer for an unbound token.',
  },
  'proof.invalid': {
    disposition: 'quarantine',
    http: { edge: 401 },
    what: 'The DPoP proof of the request is not valid (RFC 9449 §4.3).',
    normal: 'A client sends a proof twice, or its clock is more than 5 s ahead or a minute behind.',
    remedy:
      'Read the rule in the message. Compare the clock of the client, and the requested URL with `urls` of `dpop` (`FRESHET_PROOF_URLS`).',
  },
  'proof.nonce': {
    disposition: 'quarantine',
    http: { edge: 401 },
    what: 'The DPoP proof has no nonce of this service, or an old one.',
    normal: 'A client sends its first request, or its first one after two minutes.',
    remedy: 'Let the client make a new proof with the nonce of the `DPoP-Nonce` header.',
  },
  'token.stale': {
    disposition: 'quarantine',
    http: { edge: 401 },
    what: 'A right or an account in the token was taken away after it was minted.',
    normal: 'A subject lost a right. Freshet exists to refuse its older tokens.',
    remedy: 'Ask the authority for a new token. `freshet token explain` names the change.',
  },
  'token.revoked': {
    disposition: 'quarantine',
    http: { edge: 401 },
    what: 'The account, the session, the tenant, the client, the key or the token itself was cut off.',
    normal:
      'An account was disabled, a person logged out everywhere, or an operator gave an order.',
    remedy: 'Log in again. `freshet token explain` names the change.',
  },
  'token.insufficient': {
    disposition: 'quarantine',
    http: { edge: 403 },
    what: 'The token is fresh, and it does not carry what the route requires.',
    normal: 'A subject without the right calls the route.',
    remedy:
      'Give the subject the value at the source of the claim, then let the client get a new token. A new token alone changes nothing.',
  },
  'token.unverified': {
    disposition: 'retry',
    http: { edge: 503 },
    what: 'The edge cannot know whether the token is fresh: a source or the revocation topic is silent.',
    normal: 'An edge, a source or the reconciler started, some seconds ago.',
    remedy: 'Run `freshet edge ls`, which names the silent source or the edge that lags.',
  },
  'grant.invalid': {
    disposition: 'quarantine',
    http: { oauth: 400 },
    oauth: 'invalid_request',
    what: 'The authority cannot grant the token request.',
    normal: 'A subject token expired, or the account is disabled.',
    remedy:
      'Read the parameter or rule in the message. Get a new subject token, or run `freshet subject get`.',
  },
  'grant.cycle': {
    disposition: 'quarantine',
    http: { oauth: 400 },
    oauth: 'invalid_request',
    what: 'The same party stands twice in the chain of actors.',
    normal: 'Never.',
    remedy: 'Leave the actor out, or find out why two services pass a request back and forth.',
  },
  'grant.too-deep': {
    disposition: 'quarantine',
    http: { oauth: 400 },
    oauth: 'invalid_request',
    what: 'The token would have more actors than the limit of three.',
    normal: 'Never.',
    remedy:
      'Shorten the chain of services. Each service exchanges the token that it was called with.',
  },
  'grant.target': {
    disposition: 'quarantine',
    http: { oauth: 400 },
    oauth: 'invalid_target',
    what: 'The client is not allowed to get tokens for this audience.',
    normal: 'Never. The registry lists the audiences of each client.',
    remedy: 'Ask for a declared audience, or declare this one for the client in the registry.',
  },
  'grant.scope': {
    disposition: 'quarantine',
    http: { oauth: 400 },
    oauth: 'invalid_scope',
    what: 'The authority cannot give the token a requested scope.',
    normal:
      'A client asks for a scope that is derived from a claim, and the subject lacks its values.',
    remedy:
      'Ask for fewer scopes, or give the scope to both the client and the audience in the registry. See docs/minting.md#scopes.',
  },
  'grant.forbidden': {
    disposition: 'quarantine',
    http: { oauth: 400 },
    oauth: 'unauthorized_client',
    what: 'The client is not allowed to use this grant.',
    normal: 'Never. Only a client with a `subject` of its own gets tokens for itself.',
    remedy: 'Declare `subject` for the client in the registry, or exchange a token of a person.',
  },
  'grant.unsupported': {
    disposition: 'quarantine',
    http: { oauth: 400 },
    oauth: 'unsupported_grant_type',
    what: 'The authority does not support this grant type.',
    normal: 'Never.',
    remedy: 'Read `grant_types_supported` in /.well-known/oauth-authorization-server.',
  },
  'mint.unverified': {
    disposition: 'retry',
    http: { oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'The authority cannot mint now: a source is silent beyond its lease.',
    normal: 'A source is down or started some seconds ago.',
    remedy:
      'Run `freshet status`, which names the cause. If one source is silent, check that it sends heartbeats, and that the gateway answers them with 202. If every source is silent, check the reconciler.',
  },
  'mint.not-active': {
    disposition: 'retry',
    http: { oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'The authority has loaded another policy version than the active one.',
    normal: 'A version was activated moments ago.',
    remedy:
      'Ask again: the authority loads the active version by itself. If the error stays, run `freshet registry publish FILE` with the file of the version that the message names as active.',
  },
  'mint.doubtful': {
    disposition: 'retry',
    http: { oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'A claim or the account of the subject is in doubt until its source states it again.',
    normal:
      'A record of the source was unreadable, a deleted account came back, or a snapshot of accounts omitted the account. Or an activation moved the claim or the accounts to another source.',
    remedy:
      'Let the source send a `set` of the claim for this subject whose `settles` names the record. After a move, the source sends a snapshot. For an account, the account source sends `enabled`, or a snapshot with accounts.',
  },
  'mint.too-large': {
    disposition: 'quarantine',
    http: { oauth: 400 },
    oauth: 'invalid_target',
    what: 'A claim, or all claims of a token together, exceed the size that the registry allows.',
    normal: 'Never. The subject has too many entitlements for this audience.',
    remedy: 'Give the audience a narrower claim, or raise the `maxBytes` that the message names.',
  },
  'mint.contended': {
    disposition: 'retry',
    http: { oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'A change of the same subject overtook every attempt to mint.',
    normal: 'While a source changes one subject many times a second.',
    remedy:
      'Ask again. If the error stays, read the changes of the source with `freshet revocation tail`.',
  },
} as const
