import { startProxy, type Proxy, type ProxyChange } from './proxy-process.ts'
import { sample, type Between } from './sample.ts'

/** Starts nginx with the sample configuration of `infra/nginx`, on ports of this test. */
export async function startNginx(
  between: Between,
  { edits, ...change }: ProxyChange = {},
): Promise<Proxy> {
  return startProxy({
    program: 'nginx',
    configuration: async (dir, { port, http2Port }) => {
      const site = await sample('nginx/freshet.conf', between, port, edits)
      const listen = `listen 127.0.0.1:${port};`
      return around(dir, site.replace(listen, `${listen}\nlisten 127.0.0.1:${http2Port} http2;`))
    },
    args: (dir, file) => ['-p', dir, '-c', file, '-e', 'stderr'],
    splitsPorts: true,
    ...change,
  })
}

function around(dir: string, site: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const temporary = kinds.map((kind) => `${kind}_temp_path ${dir}/${kind};`)
  return [
    'daemon off;',
    'master_process off;',
    `pid ${dir}/nginx.pid;`,
    'error_log stderr;',
    'events {}',
    `http {\naccess_log off;\n${temporary.join('\n')}\n${site}\n}`,
  ].join('\n')
}
