using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Sim.Bench;

switch (args.FirstOrDefault())
{
    case "ratio":
        RatioRunner.Run(Console.Out);
        RequestRatios.Run(Console.Out);
        return 0;
    case "compile":
        CompileBench.Run(Console.Out);
        return 0;
    case "time" when args.Length is 2 or 3:
        OperationTimer.Run(args[1], args.Length == 3 ? args[2] : "2000000", Console.Out);
        return 0;
    case "list":
        foreach (string name in Benchmarks.Types.Select(static t => t.Name).Append("ratio").Append("compile"))
        {
            Console.WriteLine(name);
        }

        return 0;
    default:
        // In this process: the generated project of another one would be built against other central versions.
        IConfig config = DefaultConfig.Instance.AddJob(
            Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).WithId("Short"));
        var summaries = BenchmarkSwitcher.FromTypes(Benchmarks.Types).Run(args, config);
        // A refused diagnoser leaves exit code 0 and no results.
        return summaries.Any() && summaries.All(static s => s.Reports.Length > 0
            && s.Reports.All(static r => r.Success)) ? 0 : 1;
}
