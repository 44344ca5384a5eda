import { readFile } from 'node:fs/promises'
import { startProxy, type Proxy } from './proxy-process.ts'

const SAMPLE = new URL('../../infra/nginx/freshet.conf', import.meta.url)

/** Starts nginx with the sample configuration of `infra/nginx`, on ports of this test. */
export async function startNginx(ports: {
  readonly sidecar: number
  readonly service: number
}): Promise<Proxy> {
  const sample = await readFile(SAMPLE, 'utf8')
  return startProxy({
    program: 'nginx',
    configuration: (dir, port) => {
      const site = sample
        .replace('127.0.0.1:7074', `127.0.0.1:${ports.sidecar}`)
        .replace('127.0.0.1:8080', `127.0.0.1:${ports.service}`)
        .replace('127.0.0.1:8081', `127.0.0.1:${port}`)
      return around(dir, site)
    },
    args: (dir, file) => ['-p', dir, '-c', file, '-e', 'stderr'],
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
