// Says which version it is, calls once a second for DURATION seconds, and says what came of it.
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

exports.everySecond = async (name, call) => {
  console.log("version", require(`${name}/package.json`).version);
  const end = Date.now() + 1000 * process.env.DURATION;
  while (Date.now() < end) {
    const began = Date.now();
    try {
      await call();
      console.log("ok");
    } catch (why) {
      console.log("failed:", why.name, why.message.replace(/\s+/g, " "));
    }
    await sleep(Math.max(0, began + 1000 - Date.now()));
  }
};
