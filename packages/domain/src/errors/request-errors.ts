/** Of requests to any door. */
export const requestErrors = {
  'request.too-large': {
    disposition: 'quarantine',
    what: 'The request is larger than the limit of this door.',
    normal: 'Never from a client that keeps to the documented limits.',
    remedy:
      'Send smaller batches: 256 KiB and 500 events a body, 1 MiB a registry, 16 KiB of headers.',
  },
  'request.malformed': {
    disposition: 'quarantine',
    what: 'The request is not one that this door can read.',
    normal: 'Never from a client that keeps to /openapi.json.',
    remedy: 'Correct what the message or `errors` names; /openapi.json has the form.',
  },
  'request.late': {
    disposition: 'quarantine',
    what: 'The request did not arrive whole in time.',
    normal: 'From clients behind a network that stalls.',
    remedy: 'Send it again, at once and whole.',
  },
  'request.method': {
    disposition: 'quarantine',
    what: 'The route does not answer to this method.',
    normal: 'Never.',
    remedy: 'Use a method that `Allow` names.',
  },
  'request.media-type': {
    disposition: 'quarantine',
    what: 'The body is of a kind that this route does not read.',
    normal: 'Never.',
    remedy: 'Set `content-type` to one that the message or /openapi.json names.',
  },
  'request.not-found': {
    disposition: 'quarantine',
    what: 'There is nothing of that name here.',
    normal: 'When one asks for a change or token that is unknown or no longer kept.',
    remedy: 'Check the id and the tenant; /openapi.json lists the routes.',
  },
  'request.unauthenticated': {
    disposition: 'quarantine',
    what: 'The request does not prove who sends it.',
    normal: 'After an assertion expired: one serves one request, for at most a minute.',
    remedy: 'Sign a new assertion, or send the credentials that the message asks for.',
  },
  'request.forbidden': {
    disposition: 'quarantine',
    what: 'Who sends the request may not do this.',
    normal: 'Never.',
    remedy: 'Use credentials with the role or the audience that the message names.',
  },
  'request.unknown-target': {
    disposition: 'quarantine',
    what: 'The order names something that the registry does not have, and that no outstanding token rests on.',
    normal: 'When a name is mistyped.',
    remedy:
      'Correct the name. If it is meant, send the order with `unknown: true` (`freshet cut-off --unknown-ok`).',
  },
  'request.unconfirmed': {
    disposition: 'quarantine',
    what: 'The order touches a larger share of its tenant than may be cut off unasked.',
    normal: 'When a large client or a whole tenant is cut off.',
    remedy:
      'Look at the numbers of the dry run. If it is meant, send the order with `confirm: true` and a reason.',
  },
  'login.refused': {
    disposition: 'quarantine',
    what: 'What the identity provider answered does not prove who logs in.',
    normal: 'When somebody breaks the login off at the provider (`access_denied`).',
    remedy:
      'Try again. If it stays: compare FRESHET_OIDC_ISSUER, the client, its secret and its redirect URI with what the provider has; treat a wrong signature, nonce or issuer as an attack.',
  },
  'login.unknown': {
    disposition: 'quarantine',
    what: 'No login is under way in this browser.',
    normal:
      'After ten minutes at the provider, a restart of the console, or a reload of the last step.',
    remedy: 'Log in again from the console’s page; the browser has to take cookies.',
  },
  'login.no-role': {
    disposition: 'quarantine',
    what: 'The identity provider knows who logs in, and says nothing that gives a role here.',
    normal: 'When somebody who is no operator of Freshet logs in.',
    remedy:
      'Give the person a value that FRESHET_OIDC_ROLES names, or see that the provider puts the claim into ID tokens (FRESHET_OIDC_SCOPE).',
  },
  'erasure.early': {
    disposition: 'quarantine',
    what: 'The subject is not erased: tokens of it may still be fresh somewhere.',
    normal: 'Before its source has deleted the account, and for a moment afterwards.',
    remedy:
      'Let the source of the account say `deleted`; see `freshet subject get`, then try again.',
  },
  'limit.reached': {
    disposition: 'retry',
    what: 'A named limit is reached; try again later.',
    normal: 'Under a load that is larger than the limits in docs/configuration.md.',
    remedy:
      'Wait as long as `Retry-After` says; raise the limit that the message names where it is too low.',
  },
} as const
