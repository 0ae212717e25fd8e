using System.Runtime.InteropServices;
using Sim.Cli;

// The first Ctrl-C lets the command write what it has; the second one ends the process at once.
using CancellationTokenSource stop = new();
Action<PosixSignalContext> onSignal = context =>
{
    if (!stop.IsCancellationRequested)
    {
        context.Cancel = true;
        stop.Cancel();
    }
    else
    {
        Environment.Exit(ExitCodes.Interrupted);
    }
};
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, onSignal);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, onSignal);
return CliApp.Run(args, CliHost.Real(stop.Token));
