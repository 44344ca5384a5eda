/** Of the policies of high-risk routes. Each is a denial; no other request waits for it. */
export const policyErrors = {
  'policy.denied': {
    disposition: 'quarantine',
    what: 'No policy of the route permits the request, or one forbids it.',
    normal: 'Whenever somebody asks for more than the policies of the route allow.',
    remedy:
      'The audit names the policies that decided, by file and line; `freshet audit ls` shows it.',
  },
  'policy.context': {
    disposition: 'quarantine',
    what: 'The facts of the request are not those that the policy schema declares for the route.',
    normal: 'Never from a service that tells what the schema asks for.',
    remedy:
      'Tell each fact under its name and type: whole numbers, texts, lists; at most 4 KiB as JSON. A fact too many is one that is wrong.',
  },
  'policy.unnamed': {
    disposition: 'quarantine',
    what: 'A high-risk question names no route, and routes of this audience have policies.',
    normal: 'Never: nobody could tell which policies are meant.',
    remedy:
      'Name the route as the registry writes it (`route: "POST /approve"`) where it is checked.',
  },
  'policy.failed': {
    disposition: 'quarantine',
    what: 'The policies of the route could not be evaluated.',
    normal: 'Never with policies that `freshet registry lint` finds sound.',
    remedy: 'Run `freshet registry lint FILE`, and see the log of the authority.',
  },
  'policy.late': {
    disposition: 'retry',
    what: 'The policies of the route were not evaluated in time.',
    normal: 'For moments after an authority started, or a version was activated.',
    remedy:
      'Where it stays, split what the policies of the route compare; `policy.*` of `npm run bench` shows what is usual.',
  },
} as const
