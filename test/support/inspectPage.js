/** Runs in a page: measures what is seen of each text, against what lies behind it. Says the troubles. */
(() => {
    const paint = Object.assign(document.createElementNS("http://www.w3.org/1999/xhtml", "canvas"), {
        width: 1,
        height: 1,
    }).getContext("2d", { willReadFrequently: true });

    /** Red, green, blue and opacity of a colour in any notation. */
    function colourOf(text) {
        paint.clearRect(0, 0, 1, 1);
        paint.fillStyle = text;
        paint.fillRect(0, 0, 1, 1);
        return paint.getImageData(0, 0, 1, 1).data;
    }

    function luminance(colour) {
        const [red, green, blue] = [...colour].map((value) => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    }

    function contrast(one, other) {
        const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    }

    const shapes = [...document.querySelectorAll("rect")].map((rect) => ({ rect, box: rect.getBoundingClientRect() }));
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;

    /** The colour behind the middle of a text. */
    function groundOf(element, { left, top, width, height }) {
        const [x, y] = [left + width / 2, top + height / 2];
        const shape = shapes.findLast(
            ({ rect, box }) =>
                box.left <= x &&
                x <= box.right &&
                box.top <= y &&
                y <= box.bottom &&
                rect.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING,
        );
        if (shape) return colourOf(getComputedStyle(shape.rect).fill);
        for (let at = element; at; at = at.parentElement) {
            const ground = colourOf(getComputedStyle(at).backgroundColor);
            if (ground[3] === 255) return ground;
        }
        return colourOf(isDark ? "#121212" : "#ffffff");
    }

    const faint = [];
    const cut = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    const texts = document.createTreeWalker(document, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
        const element = node.parentElement;
        const text = node.textContent.trim();
        if (text === "" || element.closest("head, style, title")) continue;
        if (element.closest("thead")?.checkVisibility() === false) continue;
        if (element.closest("details:not([open])") && !element.closest("summary")) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const box = range.getBoundingClientRect();
        if (box.width === 0 || box.height === 0 || box.left < 0 || box.right > scrollWidth + 1) cut.push(text);
        const { fill, color } = getComputedStyle(element);
        const ratio = contrast(colourOf(element.closest("svg") ? fill : color), groundOf(element, box));
        if (ratio < 4.5) faint.push(`${text}: ${ratio.toFixed(1)}`);
    }
    return { overhang: Math.max(0, scrollWidth - clientWidth), faint, cut };
})();
