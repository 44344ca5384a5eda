/** Errors of requests to any service. */
export const requestErrors = {
  'request.too-large': {
    disposition: 'quarantine',
    http: { service: 413, gateway: 413, evaluation: 413 },
    what: 'The request is larger than the limit of this route.',
    normal: 'Never from a client that observes the documented limits.',
    remedy:
      'Send smaller batches: 256 KiB and 500 events a body, 1 MiB a registry, 16 KiB of headers.',
  },
  'request.malformed': {
    disposition: 'quarantine',
    http: { service: 400, gateway: 400, evaluation: 400, sidecar: 400, console: 400, oauth: 400 },
    oauth: 'invalid_request',
    what: 'The service cannot read the request.',
    normal: 'Never from a client that follows /openapi.json.',
    remedy: 'Correct the place that the message or `errors` names. /openapi.json has the form.',
  },
  'request.late': {
    disposition: 'quarantine',
    http: { service: 408 },
    what: 'The request did not arrive completely in time.',
    normal: 'A client is behind a network that stalls.',
    remedy: 'Send the request again.',
  },
  'request.method': {
    disposition: 'quarantine',
    http: { service: 405 },
    what: 'The route does not accept this method.',
    normal: 'Never.',
    remedy: 'Use a method that `Allow` names.',
  },
  'request.media-type': {
    disposition: 'quarantine',
    http: { gateway: 415, evaluation: 415, sidecar: 415, console: 415 },
    what: 'The route does not read bodies of this media type.',
    normal: 'Never.',
    remedy: 'Set `content-type` to one that the message or /openapi.json names.',
  },
  'request.not-found': {
    disposition: 'quarantine',
    http: { service: 404, gateway: 404, console: 404 },
    what: 'No object of that name exists here.',
    normal: 'A client asks for a change or token that is unknown or no longer kept.',
    remedy:
      'Check the id and the tenant. For a client of the HTTP API, /openapi.json lists the routes.',
  },
  'request.unauthenticated': {
    disposition: 'quarantine',
    http: { gateway: 401, evaluation: 401, console: 401, oauth: 401 },
    oauth: 'invalid_client',
    what: 'The request does not prove its sender.',
    normal: 'An assertion expired. Each serves one request, for at most a minute.',
    remedy: 'Sign a new assertion, or send the credentials that the message asks for.',
  },
  'request.forbidden': {
    disposition: 'quarantine',
    http: { gateway: 403, evaluation: 403, sidecar: 403, console: 403, oauth: 400 },
    oauth: 'unauthorized_client',
    what: 'The sender is not allowed to do this.',
    normal: 'Never.',
    remedy: 'Use credentials with the role or the audience that the message names.',
  },
  'request.unknown-target': {
    disposition: 'quarantine',
    http: { gateway: 404 },
    what: 'The order names an object that the registry does not have and no outstanding token uses.',
    normal: 'A name is mistyped.',
    remedy:
      'Correct the name. If it is right, send the order with `unknown: true` (`freshet cut-off --unknown-ok`).',
  },
  'request.unconfirmed': {
    disposition: 'quarantine',
    http: { gateway: 409 },
    what: 'The order touches a larger share of its tenant than is allowed without a confirmation.',
    normal: 'An admin cuts off a large client or a whole tenant.',
    remedy:
      'Read the numbers of the dry run. If they are right, send the order with `confirm: true` and a reason.',
  },
  'login.refused': {
    disposition: 'quarantine',
    http: { console: 401 },
    what: 'The answer of the identity provider does not prove who logs in.',
    normal: 'A user cancels the login at the provider (`access_denied`).',
    remedy:
      'Try again. If the error stays, compare FRESHET_OIDC_ISSUER, the client, its secret and its redirect URI with the provider. Treat a wrong signature, nonce or issuer as an attack.',
  },
  'login.unknown': {
    disposition: 'quarantine',
    http: { console: 401 },
    what: 'This browser has no login under way.',
    normal:
      'Ten minutes passed at the provider, the console restarted, or the last step was reloaded.',
    remedy: 'Log in again from the console’s page. The browser must accept cookies.',
  },
  'login.no-role': {
    disposition: 'quarantine',
    http: { console: 403 },
    what: 'The identity provider knows the user, but its ID token gives no role here.',
    normal: 'A user who is no operator of Freshet logs in.',
    remedy:
      'Give the person a value that FRESHET_OIDC_ROLES names. Check that the provider puts the claim into ID tokens (FRESHET_OIDC_SCOPE).',
  },
  'erasure.early': {
    disposition: 'quarantine',
    http: { gateway: 409 },
    what: 'Freshet did not erase the subject: its tokens might still be fresh at an edge.',
    normal: 'The source has not deleted the account, or deleted it a moment ago.',
    remedy:
      'Let the source of the account send `deleted`. Check with `freshet subject get`, then try again.',
  },
  'limit.reached': {
    disposition: 'retry',
    http: { gateway: 429, console: 429, oauth: 429, evaluation: 429, edge: 503 },
    oauth: 'temporarily_unavailable',
    what: 'The request exceeds a named limit.',
    normal: 'The load is larger than the limits in docs/configuration.md.',
    remedy:
      'Wait for the time in `Retry-After`. If the limit that the message names is too low, raise it.',
  },
} as const
