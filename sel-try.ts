import { stack } from "/tmp/h/drift/test/support/stack.js";
void stack.select().then(() => stack.up("--refresh", "--run-program")).then((o) => { console.log(o.output.slice(-1500)); process.exitCode = o.code ?? 1; });
