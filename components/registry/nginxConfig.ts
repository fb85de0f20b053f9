import type { Registry } from "../../config/settings.js";
import { inside, servedBy } from "./layout.js";

/** nginx in front of all registries: TLS and the login for the private one, plain HTTP for the caches. */
export function nginxConfig(registry: Registry): string {
    const { address, name, ui } = registry;
    const servers = servedBy(registry).map(({ service, port, innerPort, upstream }) =>
        upstream === undefined
            ? server(service, `${address}:${port} ssl`, innerPort, [
                  `server_name ${name};`,
                  `ssl_certificate ${inside.nginx}/tls/certificate.pem;`,
                  `ssl_certificate_key ${inside.nginx}/tls/key.pem;`,
              ])
            : server(service, `${address}:${port}`, innerPort, []),
    );
    if (ui) servers.push(server("ui", `${address}:${ui.port}`, ui.innerPort, []));
    return `# In front of the registries. Written by cicd-pipeline (cicd:registry); an edit here is drift.
worker_processes auto;
pid /run/nginx.pid;
error_log /dev/stderr warn;

events {
    worker_connections 4096;
}

http {
    access_log off;
    server_tokens off;
    # What nginx puts aside has to fit a container without a disk of its own.
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;

    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:front:10m;

    # Layers have any size, and go straight through in both directions.
    client_max_body_size 0;
    proxy_request_buffering off;
    proxy_buffering off;
    proxy_http_version 1.1;
    proxy_connect_timeout 5s;
    proxy_read_timeout 900s;
    proxy_send_timeout 900s;
    # The registry makes its addresses from these.
    proxy_set_header Host $http_host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Connection "";

${servers.join("\n")}}
`;
}

function server(service: string, listen: string, innerPort: number, lines: readonly string[]): string {
    return [
        `upstream ${service} {`,
        `    server 127.0.0.1:${innerPort};`,
        "    keepalive 32;",
        "}",
        "server {",
        `    listen ${listen};`,
        ...lines.map((line) => `    ${line}`),
        "    location / {",
        `        proxy_pass http://${service};`,
        "    }",
        "}",
    ]
        .map((line) => `    ${line}\n`)
        .join("");
}
