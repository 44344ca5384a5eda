/** Errors of the policies of high-risk routes. Each denies one request and delays no other. */
export const policyErrors = {
  'policy.denied': {
    disposition: 'quarantine',
    http: { edge: 403 },
    what: 'No policy of the route permits the request, or one forbids it.',
    normal: 'A user asks for more than the policies of the route allow.',
    remedy: 'Run `freshet audit ls`: the entry names the policies that decided, by file and line.',
  },
  'policy.context': {
    disposition: 'quarantine',
    http: { edge: 403 },
    what: 'The facts of the request are not those that the policy schema declares for the route.',
    normal: 'Never from a service that sends the facts of the policy schema.',
    remedy:
      'Send each fact under its name and type: whole numbers, texts, lists, at most 4 KiB as JSON. A fact that the schema does not have is an error, too.',
  },
  'policy.unnamed': {
    disposition: 'quarantine',
    http: { edge: 403 },
    what: 'The question is high-risk and names no route, but routes of this audience have policies.',
    normal: 'Never. Without the route, the authority cannot choose the policies.',
    remedy: 'Name the route as the registry writes it (`route: "POST /approve"`) in the check.',
  },
  'policy.failed': {
    disposition: 'quarantine',
    http: { edge: 503 },
    what: 'The policies of the route could not be evaluated.',
    normal: 'Never with policies that pass `freshet registry lint`.',
    remedy: 'Run `freshet registry lint FILE`, and read the log of the authority.',
  },
  'policy.late': {
    disposition: 'retry',
    http: { edge: 503 },
    what: 'The authority did not evaluate the policies of the route in time.',
    normal: 'An authority started or a version was activated, moments ago.',
    remedy:
      'If the error stays, split the comparisons of the route’s policies. `policy.*` of `npm run bench` shows usual times.',
  },
} as const
