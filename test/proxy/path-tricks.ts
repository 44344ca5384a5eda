/** Targets that a proxy, a sidecar and a service can read as different paths. */
export const PATH_TRICKS: readonly string[] = [
  '/approve/../../livez',
  '/approve/%2e%2e/%2e%2e/%2e%2e/livez',
  '/approve/%2E%2E/%2E%2E/%2E%2E/livez',
  '/approve/.%2e/.%2e/.%2e/livez',
  '/approve/..%2f..%2f..%2flivez',
  '/approve/..%5c..%5c..%5clivez',
  '/approve/..;/..;/..;/livez',
  '/approve/../../../livez?require.groups=staff',
  '/admin/../../generic?enforce=observe+until+2099-12-31',
  '/admin/../../../authz/generic?enforce=observe+until+2099-12-31',
  '/admin/%2e%2e/%2e%2e/generic?risk=normal',
  '/admin/../../nginx',
  '/admin/%2e%2e/%2e%2e/%2e%2e/metrics',
  '/admin/%2e%2e/%2e%2e/%2e%2e/openapi.json',
  '/admin/%2e%2e/%2e%2e/%2e%2e/readyz',
  '/admin/%2e%2e/%2e%2e/%2e%2e/v1/check',
  '//admin',
  '/%61dmin',
  '/admin%00',
  '/admin;x=1',
  '/admin/./x',
  '/admin?enforce=observe+until+2099-12-31',
  '/admin?require.groups=staff&audience=directory',
  '/admin#x',
  '/%2e%2e/livez',
  '/..',
  '*',
  'http://other.test/admin',
]

/** Headers by which a client could try to choose the path that the sidecar judges. */
export const FORGED_HEADERS: readonly (readonly (readonly [string, string])[])[] = [
  [
    ['x-forwarded-uri', '/livez'],
    ['x-forwarded-method', 'GET'],
  ],
  [
    ['X-Forwarded-Uri', '/approve'],
    ['X-Forwarded-Uri', '/report'],
    ['X-Forwarded-Method', 'POST'],
    ['X-Forwarded-Method', 'GET'],
  ],
  [
    ['x-original-uri', '/livez'],
    ['x-original-method', 'GET'],
  ],
  [['x_forwarded_uri', '/livez']],
  [
    ['x-envoy-original-path', '/livez'],
    ['x-rewrite-url', '/livez'],
    ['x-original-url', '/livez'],
  ],
  [['connection', 'authorization, x-forwarded-uri, x-forwarded-method, x-original-uri']],
  [['x-http-method-override', 'OPTIONS']],
  [['forwarded', 'for=127.0.0.1;host=livez;proto=https']],
]
