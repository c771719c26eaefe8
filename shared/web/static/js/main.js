// What the console's pages do in the browser. Everything here is an extra: the pages work without it.

import { startClocks } from "./clock.js";
import { startDialogs } from "./dialogs.js";
import { startForms } from "./forms.js";
import { startComposition } from "./composition.js";
import { startHtmx } from "./htmx-setup.js";
import { startKeyboard } from "./keyboard.js";
import { startPanel } from "./panel.js";
import { startRefresh } from "./refresh.js";
import { startTheme } from "./theme.js";
import { startToasts } from "./toasts.js";

startTheme();
startToasts();
startComposition();
startHtmx();
startDialogs();
startForms();
startClocks();
startPanel();
startKeyboard();
startRefresh();
document.documentElement.dataset.ready = "true";
