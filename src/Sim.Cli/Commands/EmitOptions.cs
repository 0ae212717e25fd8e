using System.CommandLine;
using Sim.Cli.Views;
using Sim.Core;
using Sim.Experiments;
using Sim.Reports.Sweeps;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim sweep --emit</c>: a job file instead of a run.</summary>
internal sealed class EmitOptions
{
    private readonly Option<string> _engine = CommonOptions.Choice(
        "--emit", null, "Write a job file for an engine and simulate nothing", "none", "slurm", "k8s");

    private readonly Option<int?> _shards = SweepOptions.Positive("--shards", "--emit: number of shards (8).");

    private readonly Option<string> _image = new("--image")
    {
        Description = "--emit k8s: image with meshsim on its path.",
        HelpName = "IMAGE",
        DefaultValueFactory = static _ => "meshsim:latest",
    };

    private readonly Option<string> _claim = new("--claim")
    {
        Description = "--emit k8s: volume claim with the scenario; takes the shards.",
        HelpName = "NAME",
        DefaultValueFactory = static _ => "meshsim",
    };

    /// <summary>Adds the options to a command.</summary>
    public static EmitOptions AddTo(Command command)
    {
        EmitOptions options = new();
        foreach (Option option in (Option[])[options._engine, options._shards, options._image, options._claim])
        {
            command.Options.Add(option);
        }

        return options;
    }

    /// <summary>Whether a job file is asked for.</summary>
    public bool IsAsked(ParseResult parsed) => parsed.GetValue(_engine) != "none";

    /// <summary>Writes the job file to the result stream.</summary>
    public int Execute(CliHost host, ParseResult parsed, SweepRequest request, string? folder)
    {
        if (!CommonOptions.Exists(request.Scenario.Directory, host))
        {
            return ExitCodes.Usage;
        }

        DiagnosticBag findings = new();
        if (SweepPlanner.Plan(request, findings) is not { } plan)
        {
            DiagnosticView.WriteLines(findings.Items, host.Error);
            return ExitCodes.Input;
        }

        int shards = parsed.GetValue(_shards) ?? 8;
        string name = JobFiles.NameOf(plan.Scenario);
        string target = folder ?? "out/" + name;
        host.Out.Write(parsed.GetValue(_engine) == "slurm" ? JobFiles.Slurm(request, name, shards, target)
            : JobFiles.Kubernetes(request, name, shards, target,
                new JobPlace(parsed.GetValue(_image)!, parsed.GetValue(_claim)!)));
        return ExitCodes.Ok;
    }
}
