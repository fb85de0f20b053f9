import { Providers } from "../../components/providers.js";
import { loadSettings } from "../../config/index.js";

export = () => {
    new Providers(loadSettings());
};
