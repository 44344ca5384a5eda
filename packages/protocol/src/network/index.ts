export { isLoopback } from './loopback.ts'
export { HOSTS_MAX, pairHosts, type HostPort } from './pair-hosts.ts'
export { certificateNames, tlsFaults, type TlsFixes } from './tls-faults.ts'
