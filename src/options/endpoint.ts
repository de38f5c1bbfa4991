/** One address of the service. */
export interface Endpoint {
  /** Without a path. */
  origin: string;
  addressing: 'virtual-host' | 'path' | 'cname';
}
