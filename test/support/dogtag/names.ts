/** What things in the lab are called: see test/dogtag/lab/names.sh and layers/pki.cfg. */
export const host = 'pki.example.com';
export const httpPort = 8080;
export const httpsPort = 8443;
export const directoryPort = 10389;
/** Of the directory's manager, of the administrators and of their files. */
export const labPassword = 'Secret.123';

const instance = 'pki-tomcat';
/** The two services, as the lab's systemctl knows them. */
export const services = { tomcat: `pki-tomcatd@${instance}`, directory: 'dirsrv@lab' } as const;
/** In the lab's Debian: settings, and the process of Tomcat. */
export const configuration = `/etc/pki/${instance}`;
export const tomcatNumber = `/run/tomcat-${instance}.pid`;
export const logs = `/var/log/pki/${instance}`;
/** Made by pkispawn: the one administrator's certificate and key, of all four subsystems. */
export const administrator = `/root/.dogtag/${instance}/ca_admin_cert.p12`;
