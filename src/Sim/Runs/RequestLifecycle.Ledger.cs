namespace Sim.Runs;

/// <content>Data that moves: every answered call, those between applications included.</content>
internal sealed partial class RequestLifecycle
{
    /// <summary>Tells the ledger of an answer. Called for answers of an application with a status of 2xx.</summary>
    private void MoveData(ref CallSlot call, RbacVerdict? allowedBy)
    {
        HostLink link = LinkOf(call.Host!);
        int server = ServerOf(ref call);
        if (server < 0 || _pods[server].Application.DataClass.Length == 0)
        {
            return;
        }

        var flow = new DataFlow
        {
            AtNs = Now,
            Request = EntryOf(ref call),
            Server = server,
            Client = call.ClientPod,
            ByGateway = link.IsGateway,
            Bytes = _pods[server].Application.ResponseBytes,
            AllowedBy = allowedBy?.Rule ?? "",
        };
        Sink.DataMoved(in flow);
    }

    /// <summary>The entry request that a call was made for; -1 = it has ended.</summary>
    private long EntryOf(ref CallSlot call)
    {
        long id = call.Id;
        int parent = call.ParentJob;
        uint generation = call.ParentJobGeneration;
        while (parent >= 0)
        {
            if (!_jobs.IsAlive(parent, generation) || _jobs[parent].Call < 0)
            {
                return -1;
            }

            ref CallSlot above = ref _calls[_jobs[parent].Call];
            (id, parent, generation) = (above.Id, above.ParentJob, above.ParentJobGeneration);
        }

        return id;
    }
}
